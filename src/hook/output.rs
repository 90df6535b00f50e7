//! What a command writes, kept in a file up to a size.

use std::{
    convert::Infallible,
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::{
        fd::OwnedFd,
        unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    },
    path::Path,
    process::Stdio,
};

use tokio::{io::AsyncReadExt as _, net::unix::pipe::Receiver};

/// Most bytes of a command's output that are kept.
pub(super) const KEPT: usize = 1_000_000;

/// Most bytes that are taken in after the command has ended: more than a pipe holds. Whoever it has left in the background
/// could write for ever.
const REST: usize = 1 << 20;

/// Bytes that are read at a time.
const PIECE: usize = 16 * 1024;

/// Where a command's output goes.
#[derive(Debug)]
pub(super) struct Output {
    pipe: Receiver,
    /// Nothing once writing to it has failed.
    file: Option<File>,
    kept: usize,
}

impl Output {
    /// Opens the file, and returns what is to be the command's stdout and stderr.
    pub(super) fn open(path: &Path) -> io::Result<(Self, [Stdio; 2])> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let (reader, writer) = io::pipe()?;
        let pipe = Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let stdout = Stdio::from(writer.try_clone()?);
        Ok((Self { pipe, file: Some(file), kept: 0 }, [stdout, Stdio::from(writer)]))
    }

    /// Keeps what is written, for as long as it is polled.
    pub(super) async fn keep(&mut self) -> Infallible {
        let mut piece = vec![0; PIECE];
        loop {
            match self.pipe.read(&mut piece).await {
                Ok(length @ 1..) => self.take(&piece[..length]),
                // Everybody has closed it, or it is broken: there is nothing more to hear.
                Ok(0) | Err(_) => return std::future::pending().await,
            }
        }
    }

    /// Keeps what is in the pipe already; what comes later is nobody's concern.
    pub(super) fn finish(mut self) {
        let mut piece = vec![0; PIECE];
        let mut rest = 0;
        // Not through tokio, which knows only what it was told the last time that it looked.
        while let Ok(length @ 1..) = rustix::io::read(&self.pipe, &mut piece) {
            self.take(&piece[..length]);
            rest += length;
            if rest >= REST {
                return;
            }
        }
    }

    /// Writes what still has room. A file that cannot be written is given up: its disk is full, and the command is none
    /// the worse for it.
    fn take(&mut self, bytes: &[u8]) {
        let Some(file) = &mut self.file else { return };
        let room = KEPT - self.kept;
        let (kept, left) = bytes.split_at(bytes.len().min(room));
        self.kept += kept.len();
        let mut written = file.write_all(kept);
        if written.is_ok() && !left.is_empty() {
            let note = format!("\n[cutover: only the first {KEPT} bytes of the output are kept]\n");
            written = file.write_all(note.as_bytes());
            self.file = None;
        }
        if written.is_err() {
            self.file = None;
        }
    }
}
