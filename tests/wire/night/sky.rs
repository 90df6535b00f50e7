//! The invented AWS of one night: `cutover sim`, and everything that only somebody outside can see of it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use cutover::{
    cloud::{
        Cloud as _,
        aws::{Access, Mfa, Settings},
    },
    plan::{Lock, RecordSet, ZoneId},
    unit::{Account, RecordName},
};
use tempfile::TempDir;

use super::{
    crash::{Doom, Executioner, shim},
    process::{Process, Result, now},
};
use crate::{connect, servers::isolated, servers::virtual_environment};

const EXEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/night/exec.py");
/// How many virtual seconds pass in a real one. A call times out after ten virtual seconds, so a busy machine needs time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Speed {
    Usual = 30,
    /// Where people act within virtual seconds.
    Slow = 10,
}

/// A runbook of twenty minutes. Both load balancers have one name, as they do when an old one is replaced.
pub(super) const SHORT: &str = "
version: 1
name: short
environments: { staging: {} }
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api }
    new: { alb: api }
steps:
  - { weight: 25%, hold: 5m }
  - { weight: 100%, hold: 5m }
";

/// A scenario in which nothing goes wrong.
pub(super) const CALM: &str = "description: nothing goes wrong\n";

/// A served world, with folders for whoever works in it.
pub(super) struct Sky {
    sim: Child,
    url: String,
    clock: Clock,
    folder: TempDir,
    /// The role that may read the zones, where the simulator enforces policies.
    role: Option<String>,
}

/// When the night began on the wall, in seconds since 1970, and how fast it passes.
#[derive(Debug, Clone, Copy)]
struct Clock {
    origin: f64,
    speed: Speed,
}

impl Drop for Sky {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to kill.
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}

impl Sky {
    /// Serves the world of the short runbook, in which nothing goes wrong.
    pub(super) fn calm() -> Result<Self> {
        Self::of(SHORT, CALM, Speed::Usual)
    }

    /// Serves the world of a runbook, in which this scenario happens.
    pub(super) fn of(runbook: &str, scenario: &str, speed: Speed) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("runbook.yaml"), runbook)?;
        Self::over(folder, scenario, speed, &[], None)
    }

    /// Serves the world of a runbook, and enforces what `cutover iam` prints for it, once `edit` has changed it.
    pub(super) fn permitting(
        runbook: &str,
        scenario: &str,
        speed: Speed,
        edit: impl FnOnce(String) -> String,
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("runbook.yaml"), runbook)?;
        let iam = isolated(Path::new(env!("CARGO_BIN_EXE_cutover")))
            .args(["iam", "runbook.yaml", "--output", "json"])
            .current_dir(folder.path())
            .output()?;
        let lines = String::from_utf8(iam.stdout)?;
        let first: serde_json::Value =
            serde_json::from_str(lines.lines().next().ok_or("no policy")?)?;
        let role = first["role"].as_str().map(str::to_owned);
        fs::write(folder.path().join("policies.jsonl"), edit(lines))?;
        Self::over(folder, scenario, speed, &["--policies", "policies.jsonl"], role)
    }

    fn over(
        folder: TempDir,
        scenario: &str,
        speed: Speed,
        options: &[&str],
        role: Option<String>,
    ) -> Result<Self> {
        let path = |name: &str| folder.path().join(name);
        fs::write(path("scenario.yaml"), scenario)?;
        let clock = Clock { origin: now(), speed };
        let mut sim = fast(clock, 0, &[])?
            .args(["sim", "runbook.yaml", "--scenario", "scenario.yaml"])
            .args(["--listen", "127.0.0.1:0", "--verbose"])
            .args(options)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(path("calls.txt"))?)
            .spawn()?;
        let mut told = String::new();
        if let Some(stdout) = sim.stdout.take() {
            BufReader::new(stdout).read_line(&mut told)?;
        }
        let mut sky = Self { sim, url: String::new(), clock, folder, role };
        let url = told.strip_prefix("listening on ").and_then(|rest| rest.split(',').next());
        sky.url = url
            .ok_or_else(|| format!("the simulator said {told:?} and {:?}", sky.calls()))?
            .to_owned();
        Ok(sky)
    }

    /// Starts `cutover` with these arguments, in the folder of the runbook.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Process> {
        self.start_with(arguments, 0)
    }

    /// Starts `cutover`; none of its files may get longer than this, in bytes.
    pub(super) fn start_with(&self, arguments: &[&str], longest_file: u64) -> Result<Process> {
        self.start_by(fast(self.clock, longest_file, &[])?, arguments, &self.url)
    }

    /// Starts `cutover`, which is doomed.
    pub(super) fn start_doomed(&self, arguments: &[&str], doom: &Doom) -> Result<Process> {
        let executioner = Executioner::before(&self.url, doom)?;
        let mut command = fast(self.clock, 0, &[shim()?])?;
        doom.upon(&mut command);
        let process = self.start_by(command, arguments, executioner.url())?;
        executioner.kills(process.id());
        Ok(process)
    }

    /// Returns `cutover` with these arguments, for somebody at a terminal to start in the folder of the runbook.
    pub(super) fn at_a_terminal(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = fast(self.clock, 0, &[])?;
        command.args(arguments).args(["--endpoint-url", &self.url]);
        command.env("XDG_CACHE_HOME", self.cache());
        Ok(command)
    }

    fn start_by(&self, mut command: Command, arguments: &[&str], url: &str) -> Result<Process> {
        command.args(arguments).args(["--endpoint-url", url]);
        if !arguments.contains(&"--output") {
            command.args(["--output", "json"]);
        }
        command.env("XDG_CACHE_HOME", self.cache());
        Process::start(command.current_dir(self.folder.path()))
    }

    /// Returns the folder of what commands keep for each other.
    pub(super) fn cache(&self) -> PathBuf {
        self.folder().join("cache")
    }

    /// Starts `cutover` with these variables in its environment, and no other credentials.
    pub(super) fn start_as(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Process> {
        let mut command = fast(self.clock, 0, &[])?;
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        command.args(arguments).envs(environment.iter().copied());
        Process::start(command.current_dir(self.folder.path()))
    }

    /// Starts the night with these variables in its environment.
    pub(super) fn run_with(&self, environment: &[(&str, &str)]) -> Result<Process> {
        let mut command = fast(self.clock, 0, &[])?;
        command.envs(environment.iter().copied());
        let run = ["run", "runbook.yaml", "--env", "staging", "--yes"];
        self.start_by(command, &run, &self.url)
    }

    /// Returns the simulator's address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Starts `cutover` with the clock on the wall, for commands that ask no AWS, and whose user waits.
    pub(super) fn start_on_the_wall(&self, arguments: &[&str]) -> Result<Process> {
        let mut command = isolated(Path::new(env!("CARGO_BIN_EXE_cutover")));
        command.args(arguments).args(["--output", "json"]);
        Process::start(command.current_dir(self.folder.path()))
    }

    /// Starts the night: `cutover run` of the runbook in staging, with its state where the other commands look for it.
    pub(super) fn run(&self, options: &[&str]) -> Result<Process> {
        self.start(&[&["run", "runbook.yaml", "--env", "staging", "--yes"], options].concat())
    }

    /// Returns the folder that every command is started in.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the only run's folder.
    pub(super) fn run_folder(&self) -> Result<PathBuf> {
        let mut folders = fs::read_dir(self.folder().join(".cutover"))?;
        let first = folders.next().ok_or("there is no run")??;
        Ok(first.path())
    }

    /// Returns the calls so far, each as the simulator printed it, such as `09:00:28.250 123456789012 sts
    /// GetCallerIdentity ok, 80 ms`.
    pub(super) fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder().join("calls.txt")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Returns the weights that stand at a name, by set identifier.
    pub(super) fn weights(&self, name: &str, zone: &str) -> Result<Vec<(String, u8)>> {
        let weight =
            |record: &RecordSet| Some((record.set_identifier()?.to_owned(), record.weight()?.0));
        Ok(self.records(&[name], zone)?.iter().filter_map(weight).collect())
    }

    /// Returns what the lock of the short runbook's zone says; nothing where there is none.
    pub(super) fn lock(&self) -> Result<Option<Lock>> {
        let records = self.records(&["_cutover-lock.example.com"], "example.com")?;
        Ok(records.first().and_then(Lock::read))
    }

    /// Returns all record sets that stand at these names.
    pub(super) fn records(&self, names: &[&str], zone: &str) -> Result<Vec<RecordSet>> {
        // Policies may demand a second factor, whose code is the same in every invented AWS.
        let mfa_serial = self.role.is_some().then(|| "arn:aws:iam::1:mfa/test".to_owned());
        let access = Access { role: self.role.clone(), mfa_serial, ..Access::default() };
        let code = Some("123456".to_owned());
        let settings = Settings {
            accesses: [(Account::Dns, access)].into(),
            mfa: Mfa { accounts: [Account::Dns].into(), code, ..Mfa::default() },
            session_name: "test".to_owned(),
            endpoint_url: Some(self.url.clone()),
            region: Some("us-west-2".to_owned()),
            ..Settings::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let cloud = connect(&settings).await?;
            let names: Vec<RecordName> =
                names.iter().map(|name| name.parse()).collect::<std::result::Result<_, _>>()?;
            let zones = cloud.zones_named(&zone.parse()?).await?;
            let zone: &ZoneId = &zones.first().ok_or("there is no such zone")?.id;
            Ok(cloud.records_at(zone, &names).await?)
        })
    }

    /// Returns the weights of the short runbook's pair: legacy's and new's.
    pub(super) fn pair(&self) -> Result<(u8, u8)> {
        match &self.weights("api.example.com", "example.com")?[..] {
            [(one, legacy), (other, new)] if one < other => Ok((*legacy, *new)),
            others => Err(format!("there are {others:?}").into()),
        }
    }
}

/// Returns a command that becomes `cutover` with the fast clock and these libraries; its arguments follow.
fn fast(clock: Clock, longest_file: u64, libraries: &[PathBuf]) -> Result<Command> {
    let venv = virtual_environment()?;
    let more = libraries.iter().map(|library| format!(":{}", library.display()));
    let mut command = isolated(&venv.join("bin/python"));
    command
        .args([
            EXEC,
            &(library(&venv)? + &more.collect::<String>()),
            &clock.origin.to_string(),
            &(clock.speed as u32).to_string(),
        ])
        .arg(longest_file.to_string())
        .arg(env!("CARGO_BIN_EXE_cutover"))
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing");
    Ok(command)
}

fn library(venv: &Path) -> Result<String> {
    let inside = "site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1";
    for python in fs::read_dir(venv.join("lib"))? {
        let path = python?.path().join(inside);
        if path.exists() {
            return Ok(path.display().to_string());
        }
    }
    Err("libfaketime was not built; it needs Linux and a C compiler".into())
}
