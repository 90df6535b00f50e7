//! Bringing files to the disk while something more urgent goes on.

use std::{
    fs::File,
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// A thread that brings what is written to one file to the disk, again and again. When this is dropped, it waits until
/// everything is there.
#[derive(Debug)]
pub(super) struct Beside {
    /// Holds one wish at most: one that waits covers everything that was written before it is taken.
    wishes: Option<SyncSender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Beside {
    /// Starts the thread. It begins with the files of `first`.
    ///
    /// # Errors
    /// There can be no thread, or no second handle of the file.
    pub(super) fn start(file: &File, first: Vec<File>) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (wishes, wished) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || bring(&file, &first, &wished))?;
        Ok(Self { wishes: Some(wishes), thread: Some(thread) })
    }

    /// Asks for what was written so far to be brought to the disk.
    ///
    /// # Errors
    /// Something that was asked for earlier could not be brought there.
    pub(super) fn wish(&mut self) -> io::Result<()> {
        if let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) {
            return ended(thread);
        }
        if let Some(wishes) = &self.wishes {
            // A full channel means that an earlier wish has not been taken yet, and it covers this one. A closed one
            // means that the thread has just ended, which the next wish finds out.
            let _ = wishes.try_send(());
        }
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            // Whatever was lost is lost at the end of the process, and everything that it was about is done.
            let _ = ended(thread);
        }
    }
}

fn ended(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes it has died")))
}

fn bring(file: &File, first: &[File], wished: &Receiver<()>) -> io::Result<()> {
    for file in first {
        file.sync_all()?;
    }
    for () in wished {
        file.sync_data()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn many_wishes_are_fulfilled_and_the_last_before_the_end() {
        let mut file = tempfile::tempfile().unwrap();
        let mut beside = Beside::start(&file, vec![file.try_clone().unwrap()]).unwrap();
        for _ in 0..100 {
            file.write_all(b"x").unwrap();
            beside.wish().unwrap();
        }
        drop(beside);
        assert_eq!(file.metadata().unwrap().len(), 100);
    }

    #[test]
    fn a_failure_is_told_at_a_later_wish() {
        let file = tempfile::tempfile().unwrap();
        let (_, pipe) = io::pipe().unwrap();
        let cannot = File::from(std::os::fd::OwnedFd::from(pipe));
        let mut beside = Beside::start(&file, vec![cannot]).unwrap();
        while beside.wish().is_ok() {
            thread::yield_now();
        }
    }
}
