//! `cutover sim`: the invented AWS on the wire, for every tool that speaks to AWS.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use clap::builder::PossibleValuesParser;

use super::{
    ExitStatus, Fault, Printer, VarArgs, printer::say, rehearse::scenario, runtime, source::read,
};
use crate::{
    driver::Clock,
    rehearse::{stage, stage_under_way},
    report::json,
    runbook::{Runbook, Source, validate},
    sim::{
        BUILTIN, Policies, Stage, World,
        wire::{Call, Outcome, serve},
    },
    unit::{Share, SignedDuration, Timestamp},
};

/// The runbook whose world is served where none is named.
const DEFAULT_RUNBOOK: &str = include_str!("../../runbooks/api.yaml");

/// Serve the simulator over the real AWS protocols: Route 53, load balancers, CloudWatch and STS
///
/// Everything that the runbook names stands in it, in all of its environments. Give its address as `--endpoint-url` to
/// `cutover`, the aws command line, boto3 or Terraform. Any access key is accepted. It listens to anybody who can reach the
/// address, so keep to 127.0.0.1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The runbook whose world is served; the shipped api.yaml where none is named
    runbook: Option<PathBuf>,
    #[command(flatten)]
    vars: VarArgs,
    /// Serve one environment of the runbook only
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Where to listen
    #[arg(long, value_name = "ADDR", required_unless_present = "print_scenario")]
    listen: Option<SocketAddr>,
    /// Answer calls that these policies do not allow with AccessDenied: the lines of `cutover iam --output json`. Callers
    /// that have none there may do anything
    #[arg(long, value_name = "FILE")]
    policies: Option<PathBuf>,
    /// What happens: a built-in scenario, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "calm")]
    scenario: String,
    /// Begin in the middle of the cutover: every record is a weighted pair, with this share on new
    #[arg(long, value_name = "PERCENT")]
    share: Option<Share>,
    /// How many times as fast as the clock its time passes
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Seed of all chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print a built-in scenario's YAML, to be copied and changed, and end
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(BUILTIN.map(|(name, _)| name)))]
    print_scenario: Option<String>,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.01..=10_000.0).contains(&speed) => Ok(speed),
        Ok(_) | Err(_) => Err("a speed is a number from 0.01 to 10000".to_owned()),
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    if let Some(wanted) = &args.print_scenario {
        let yaml = BUILTIN.iter().find(|(name, _)| name == wanted).map_or("", |(_, yaml)| yaml);
        if printer.is_json() {
            printer.data(&json(&serde_json::json!({ "scenario": wanted, "yaml": yaml })))?;
        } else {
            printer.page(yaml)?;
        }
        return Ok(ExitStatus::Done);
    }
    let Some(address) = args.listen else {
        return Err(Fault::new(ExitStatus::Usage, "no address was named to listen on"));
    };
    let runbooks = runbooks(args)?;
    let policies = policies(args)?;
    let (name, scenario) = scenario(&args.scenario)?;
    runtime()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
            Fault::new(ExitStatus::Usage, format!("address {address} cannot be listened on"))
                .caused_by(error.to_string())
        })?;
        let began = Clock::Real.now();
        let stage = match args.share {
            None => stage(&runbooks),
            Some(share) => stage_under_way(&runbooks, share),
        };
        let stage = Stage { policies, ..stage };
        let world = World::new(stage, scenario, args.seed, began);
        let address = listener.local_addr().unwrap_or(address);
        begun(&address.to_string(), &name, args.speed, printer)?;
        let (verbose, format) = (printer.globals().verbose, printer.globals().output);
        let told = move |call: &Call| {
            if verbose {
                say(format, &told(call));
            }
        };
        let (world, speed) = (Arc::new(Mutex::new(world)), args.speed);
        let served = serve(listener, world, speed, move || scaled(began, speed), told);
        tokio::select! {
            served = served => served.map_err(|error| {
                Fault::new(ExitStatus::Usage, "the simulator stopped").caused_by(error.to_string())
            })?,
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(ExitStatus::Done)
    })
}

/// Says that it can be spoken to.
fn begun(address: &str, scenario: &str, speed: f64, printer: &mut Printer) -> Result<(), Fault> {
    let url = format!("http://{address}");
    if printer.is_json() {
        let object = serde_json::json!({ "listening": url, "scenario": scenario, "speed": speed });
        return printer.data(&json(&object));
    }
    printer.data(&format!("listening on {url}, scenario {scenario}, {speed}x"))
}

/// Returns the world's time, which began with the clock and has passed `speed` times as fast since.
fn scaled(began: Timestamp, speed: f64) -> Timestamp {
    let elapsed = Clock::Real.now().duration_since(began).as_secs_f64() * speed;
    let elapsed = SignedDuration::try_from_secs_f64(elapsed).unwrap_or(SignedDuration::MAX);
    began.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
}

fn runbooks(args: &Args) -> Result<Vec<Runbook>, Fault> {
    let source = match &args.runbook {
        Some(path) => read(path).map_err(|error| Fault::unreadable(path, &error))?,
        None => Source { path: "api.yaml".to_owned(), text: DEFAULT_RUNBOOK.as_bytes().to_vec() },
    };
    args.vars.check(&source)?;
    let mut runbooks = validate(&source, &args.vars.map())?;
    if let Some(wanted) = &args.env {
        runbooks.retain(|runbook| runbook.environment.name.as_ref() == Some(wanted));
        if runbooks.is_empty() {
            let message = format!("{} has no environment `{wanted}`", source.path);
            return Err(Fault::new(ExitStatus::Usage, message));
        }
    }
    Ok(runbooks)
}

/// Reads who may do what; without a file everybody may do everything.
fn policies(args: &Args) -> Result<Policies, Fault> {
    let Some(path) = &args.policies else { return Ok(Policies::default()) };
    let source = read(path).map_err(|error| Fault::unreadable(path, &error))?;
    Policies::parse(&String::from_utf8_lossy(&source.text)).map_err(|error| {
        Fault::new(ExitStatus::Usage, format!("`{}` is no list of policies", path.display()))
            .caused_by(error.to_string())
            .hinted("`cutover iam RUNBOOK --output json` prints one")
    })
}

fn told(call: &Call) -> String {
    let service = call.service.map_or("?", |service| service.name());
    let outcome = match &call.outcome {
        Outcome::Done => "ok".to_owned(),
        Outcome::Refused { status, code, message } => format!("{status} {code}: {message}"),
        Outcome::Dropped => "no answer".to_owned(),
    };
    let tokens = match call.change_tokens {
        0 => String::new(),
        1 => ", 1 change token".to_owned(),
        many => format!(", {many} change tokens"),
    };
    format!(
        "{} {} {service} {} {outcome}, {} ms{tokens}",
        call.at.strftime("%H:%M:%S%.3f"),
        call.account,
        call.operation,
        call.takes.as_millis(),
    )
}
