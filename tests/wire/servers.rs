//! Servers that look like AWS, each on a port of its own: moto and ministack, from a Python virtual environment that is made
//! under `target/` the first time.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// What is installed from PyPI. Pinned, so that a test that passed goes on passing.
const PACKAGES: [&str; 6] = [
    "moto[server]==5.2.5",
    "ministack==1.5.33",
    "cbor2==6.3.0",
    "boto3==1.43.106",
    "awscli==1.46.3",
    "libfaketime==3.0.1",
];

/// Runs a Python module until standard input is closed, so that no server outlives the test that started it, however
/// that ends.
const GUARD: &str = "import os, runpy, sys, threading\n\
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n\
    sys.argv = sys.argv[1:]\n\
    runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)\n";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A running server; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    python: PathBuf,
}

impl Server {
    /// Starts moto: Route 53, classic and newer load balancers, STS.
    pub(crate) fn moto() -> Result<Self> {
        Self::start("/moto-api/", |python, port| {
            python.args(["moto.server", "-H", "127.0.0.1", "-p", port]);
        })
    }

    /// Starts ministack: Route 53, CloudWatch, STS.
    pub(crate) fn ministack() -> Result<Self> {
        Self::start("/_ministack/health", |python, port| {
            python
                .arg("ministack")
                .env("GATEWAY_PORT", port)
                .env("BIND_HOST", "127.0.0.1")
                .env("MINISTACK_HOST", "127.0.0.1")
                .env("TMPDIR", env!("CARGO_TARGET_TMPDIR"))
                // These listen on fixed ports, and two tests may run at the same time.
                .env("IOT_MTLS_ENABLED", "0")
                .env("SFTP_ENABLED", "0")
                .env("DOCKER_HOST", "unix:///nonexistent");
        })
    }

    /// Returns the URL that every AWS service is at.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Runs a Python script that finds `boto3` and `json` imported, with clients for this server; returns what it prints,
    /// read as JSON.
    pub(crate) fn boto3(&self, script: &str) -> Result<serde_json::Value> {
        let output = isolated(&self.python)
            .args(["-c", &format!("import boto3, json\n{script}")])
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn start(health: &str, describe: impl Fn(&mut Command, &str)) -> Result<Self> {
        let python = virtual_environment()?.join("bin/python");
        let mut last = String::new();
        // Somebody else may take the free port before the server does.
        for _ in 0..3 {
            let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            let mut command = isolated(&python);
            command.args(["-c", GUARD]);
            describe(&mut command, &port.to_string());
            let child = command
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            let url = format!("http://127.0.0.1:{port}");
            let mut server = Self { child, url, python: python.clone() };
            match server.wait_until_it_answers(port, health) {
                Ok(()) => return Ok(server),
                Err(error) => last = error.to_string(),
            }
        }
        Err(last.into())
    }

    fn wait_until_it_answers(&mut self, port: u16, health: &str) -> Result<()> {
        for _ in 0..1200 {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server on port {port} ended: {status}").into());
            }
            if answers(port, health) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(format!("the server on port {port} does not answer after a minute").into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answers(port: u16, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    let mut start = [0; 5];
    stream.set_read_timeout(Some(Duration::from_secs(5))).is_ok()
        && stream.write_all(request.as_bytes()).is_ok()
        && stream.read_exact(&mut start).is_ok()
        && &start == b"HTTP/"
}

/// Returns a command that sees nothing of the developer's own AWS configuration.
pub(crate) fn isolated(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Makes the virtual environment, or finds it made; one process at a time.
pub(crate) fn virtual_environment() -> Result<PathBuf> {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(temporary)?;
    let lock = File::create(temporary.join("test-venv.lock"))?;
    lock.lock()?;
    let venv = temporary.parent().unwrap_or(temporary).join("test-venv");
    let done = venv.join("installed.txt");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(venv);
    }
    eprintln!(
        "making a Python virtual environment in {} and installing {} from PyPI (once, about a minute)",
        venv.display(),
        PACKAGES.join(", ")
    );
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(Command::new(venv.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(PACKAGES))?;
    fs::write(done, wanted)?;
    Ok(venv)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        format!("cannot run {}: {error}; the wire tests need python3 with venv", program(command))
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{} failed: {}: {said}", program(command), output.status).into())
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
