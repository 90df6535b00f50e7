//! How a process meets its end: at a line that it writes to its journal, or at a call that it makes.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::night::process::Result;

const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/night/crash/shim.c");

/// What happens, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::night) struct Doom {
    pub(in crate::night) how: How,
    /// What a line or a request contains that is counted.
    pub(in crate::night) matching: String,
    /// Which of those it is, from 1.
    pub(in crate::night) nth: usize,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::night) enum How {
    /// It is killed before a line is written.
    BeforeLine,
    /// It is killed when half of a line is written.
    MidLine,
    /// It is killed when a line is written. Whether the line was brought to the disk makes no difference to what a
    /// killed process leaves: what was written outlives it.
    AfterLine,
    /// The disk is full in the middle of a line, and stays so.
    FullDisk,
    /// A line cannot be brought to the disk, and none can from then on.
    SickDisk,
    /// The folder of the runs can only be read.
    ReadOnly,
    /// It is killed before a request reaches AWS.
    BeforeCall,
    /// It is killed when AWS has done what was requested, and before it is told so.
    AfterCall,
}

impl How {
    /// Returns the shim's word for it; nothing for what happens to calls.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::BeforeLine => Some("before"),
            Self::MidLine => Some("middle"),
            Self::AfterLine => Some("after"),
            Self::FullDisk => Some("full"),
            Self::SickDisk => Some("unsynced"),
            Self::ReadOnly => Some("readonly"),
            Self::BeforeCall | Self::AfterCall => None,
        }
    }

    /// Returns true for what happens at a call.
    pub(in crate::night) fn is_at_a_call(self) -> bool {
        self.word().is_none()
    }

    /// Returns true where the process is killed, and does not end by itself.
    pub(in crate::night) fn kills(self) -> bool {
        !matches!(self, Self::FullDisk | Self::SickDisk | Self::ReadOnly)
    }
}

impl Doom {
    /// Gives a command what the shim reads.
    pub(in crate::night) fn upon(&self, command: &mut Command) {
        if let Some(word) = self.how.word() {
            command
                .env("CRASH_HOW", word)
                .env("CRASH_MATCHING", &self.matching)
                .env("CRASH_NTH", self.nth.to_string());
        }
    }
}

/// Compiles the shim, or finds it compiled. Where Rust links there is a C compiler.
pub(in crate::night) fn shim() -> Result<PathBuf> {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = fs::File::create(temporary.join("crash-shim.lock"))?;
    lock.lock()?;
    let (library, source) = (temporary.join("crash-shim.so"), fs::metadata(SHIM)?.modified()?);
    if fs::metadata(&library).and_then(|made| made.modified()).is_ok_and(|made| made > source) {
        return Ok(library);
    }
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .args([SHIM, "-ldl"])
        .output()?;
    if compiled.status.success() {
        return Ok(library);
    }
    Err(String::from_utf8_lossy(&compiled.stderr).into_owned().into())
}

/// Stands between a process and its AWS, and kills the process at a call.
pub(in crate::night) struct Executioner {
    url: String,
    victim: Arc<AtomicU32>,
}

impl Executioner {
    /// Begins to pass calls on to the AWS at this URL.
    pub(in crate::night) fn before(upstream: &str, doom: &Doom) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let victim = Arc::new(AtomicU32::new(0));
        let (its_victim, seen) = (Arc::clone(&victim), Arc::new(AtomicUsize::new(0)));
        let doom = Arc::new(doom.clone());
        thread::spawn(move || {
            for client in listener.incoming().map_while(io::Result::ok) {
                let (upstream, victim) = (upstream.clone(), Arc::clone(&its_victim));
                let (seen, doom) = (Arc::clone(&seen), Arc::clone(&doom));
                // A connection that breaks is what the client has to live with.
                thread::spawn(move || pass_on(client, &upstream, &doom, &seen, &victim));
            }
        });
        Ok(Self { url, victim })
    }

    pub(in crate::night) fn url(&self) -> &str {
        &self.url
    }

    /// Names the process; no call is passed on before.
    pub(in crate::night) fn kills(&self, process: u32) {
        self.victim.store(process, Ordering::SeqCst);
    }
}

fn pass_on(
    client: TcpStream,
    upstream: &str,
    doom: &Doom,
    seen: &AtomicUsize,
    victim: &AtomicU32,
) -> io::Result<()> {
    let server = TcpStream::connect(upstream)?;
    let (mut from_client, mut to_client) = (BufReader::new(client.try_clone()?), client);
    let (mut from_server, mut to_server) = (BufReader::new(server.try_clone()?), server);
    while let Some(request) = message(&mut from_client)? {
        let counts =
            doom.how.word().is_none() && String::from_utf8_lossy(&request).contains(&doom.matching);
        let ends = counts && seen.fetch_add(1, Ordering::SeqCst) + 1 == doom.nth;
        if ends && doom.how == How::BeforeCall {
            return kill(victim);
        }
        to_server.write_all(&request)?;
        let Some(answer) = message(&mut from_server)? else { return Ok(()) };
        if ends {
            return kill(victim);
        }
        to_client.write_all(&answer)?;
    }
    Ok(())
}

fn kill(victim: &AtomicU32) -> io::Result<()> {
    while victim.load(Ordering::SeqCst) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    let id = victim.load(Ordering::SeqCst).to_string();
    Command::new("kill").args(["-KILL", &id]).status()?;
    Ok(())
}

/// Reads one HTTP message as it is; nothing where the connection has ended.
fn message(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    loop {
        let start = bytes.len();
        if from.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&bytes[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        assert!(!line.starts_with("transfer-encoding:"), "neither side sends chunks");
        if line.trim().is_empty() {
            break;
        }
    }
    from.take(length).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
