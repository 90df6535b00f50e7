//! `cutover init`: a first runbook, from Terraform's state or from the live zone.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{ExitStatus, Fault, Printer, aws, report::write_whole, runtime, state_file::states};
use crate::{
    cloud::{Cloud, CloudError},
    plan::{Zone, ZoneId},
    report::json,
    runbook::{
        Source,
        model::{Access, Environment},
        validate,
    },
    terraform::{Draft, Scene, Seen, Way, draft},
    unit::{RecordName, Side},
};

/// Write a first runbook, from Terraform's state or from the live zone
///
/// The runbook is right for `cutover validate`, and says in comments what its author has to decide. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).multiple(false))]
#[command(after_help = "\
Records that are weighted pairs become entries with both sides: legacy is the member with the weight, else the one whose set \
identifier says so. A simple record that points to a load balancer is legacy; where it moves to is to be named.

Examples:
  cutover init --from-terraform terraform.tfstate --out runbooks/api.yaml
  terraform show -json | cutover init --from-terraform /dev/stdin --name api.example.com
  cutover init --zone example.com --name api.example.com --new-profile new-account")]
pub(super) struct Args {
    /// Read a state file, the output of `terraform show -json`, or a folder with one of them; may be repeated
    #[arg(long, value_name = "STATE|DIR", group = "source")]
    from_terraform: Vec<PathBuf>,
    /// Read the live zone of this name or id, and the load balancers
    #[arg(long, value_name = "ZONE", group = "source", requires = "name")]
    zone: Option<String>,
    /// With `--zone`: the private zone of that name
    #[arg(long, requires = "zone")]
    private: bool,
    /// A record that is to move; may be repeated. From a state all that can, where none is named
    #[arg(long, value_name = "NAME")]
    name: Vec<RecordName>,
    /// Profile that reaches legacy's account
    #[arg(long, value_name = "NAME")]
    legacy_profile: Option<String>,
    /// Profile that reaches new's account
    #[arg(long, value_name = "NAME")]
    new_profile: Option<String>,
    /// Role that reads legacy's account
    #[arg(long, value_name = "ARN")]
    legacy_role: Option<String>,
    /// Role that reads new's account
    #[arg(long, value_name = "ARN")]
    new_role: Option<String>,
    /// Write the runbook into this file instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite the file
    #[arg(long, requires = "out")]
    force: bool,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    if let Some(out) = args.out.as_deref().filter(|out| out.exists() && !args.force) {
        let what = format!("`{}` is there already; nothing was written", out.display());
        return Err(Fault::new(ExitStatus::Usage, what).hinted("`--force` overwrites it"));
    }
    let scene = match &args.zone {
        Some(zone) => runtime()?.block_on(live(args, zone, printer))?,
        None => states(&args.from_terraform, printer)?.scene,
    };
    let draft = draft(&scene, &way(args, printer)).map_err(|problems| {
        let fault = Fault::new(ExitStatus::Usage, "there is nothing that a runbook could move");
        problems.into_iter().fold(fault, Fault::caused_by)
    })?;
    check(&draft)?;
    for name in args.name.iter().filter(|name| !scene.has(name)) {
        printer.note(&format!(
            "note: {name} was asked for and has no record there; it is not in the runbook"
        ));
    }
    match &args.out {
        Some(out) => leave(&draft, out, printer)?,
        None if printer.is_json() => printer.data(&object(&draft, None))?,
        None => printer.page(&draft.yaml)?,
    }
    Ok(ExitStatus::Done)
}

/// Returns the runbook for programs: its text, or the file that has it.
fn object(draft: &Draft, file: Option<&Path>) -> String {
    let yaml = file.is_none().then_some(&draft.yaml);
    json(&serde_json::json!({
        "file": file, "yaml": yaml, "records": draft.records, "decisions": draft.decisions,
    }))
}

/// What was read may hold anything; what is written is always a runbook.
fn check(draft: &Draft) -> Result<(), Fault> {
    let source = Source { path: "the new runbook".to_owned(), text: draft.yaml.clone().into() };
    validate(&source, &BTreeMap::new()).map(drop).map_err(|problems| {
        Fault::from(problems)
            .caused_by("what was read cannot stand in a runbook as it is; nothing was written")
            .hinted("`--name` takes in only the records that are named")
    })
}

fn leave(draft: &Draft, out: &Path, printer: &mut Printer) -> Result<(), Fault> {
    write_whole(out, draft.yaml.as_bytes()).map_err(|error| {
        let what = format!("runbook `{}` cannot be written", out.display());
        Fault::new(ExitStatus::Refused, what).caused_by(error.to_string())
    })?;
    if printer.is_json() {
        return printer.data(&object(draft, Some(out)));
    }
    printer.data(&out.display().to_string())?;
    let Draft { records, decisions, .. } = draft;
    printer.note(&format!(
        "entries: {records}; settle its {decisions} lines that say DECIDE, then `cutover validate {}`",
        out.display()
    ));
    Ok(())
}

fn way(args: &Args, printer: &Printer) -> Way {
    let access = |profile: &Option<String>, role: &Option<String>| {
        let named = [("profile", profile), ("role", role)].into_iter();
        let named = named.filter_map(|(key, text)| Some((key.to_owned(), text.clone()?)));
        named.collect()
    };
    let from = match &args.zone {
        Some(zone) => format!("--zone {zone}"),
        None => {
            let paths = args.from_terraform.iter().map(|path| path.display().to_string());
            format!("--from-terraform {}", paths.collect::<Vec<_>>().join(" --from-terraform "))
        }
    };
    let names: String = args.name.iter().map(|name| format!(" --name {name}")).collect();
    Way {
        command: format!("cutover init {from}{names}"),
        names: args.name.clone(),
        dns: access(&printer.globals().profile, &None),
        legacy: access(&args.legacy_profile, &args.legacy_role),
        new: access(&args.new_profile, &args.new_role),
    }
}

/// Reads the zone's records at the names, and the load balancers of both sides.
async fn live(args: &Args, zone: &str, printer: &Printer) -> Result<Scene, Fault> {
    let access = |profile: &Option<String>, role: &Option<String>| Access {
        profile: profile.clone(),
        role: role.clone(),
        ..Access::default()
    };
    let environment = Environment {
        legacy: access(&args.legacy_profile, &args.legacy_role),
        new: access(&args.new_profile, &args.new_role),
        ..Environment::default()
    };
    let cloud = aws::connect(&environment, printer.globals(), "cutover-init").await?;
    let mut scene = Scene::default();
    let refused = |error: CloudError| aws::refused(&error);
    let zone = named(&cloud, zone, args.private).await?;
    for record in cloud.records_at(&zone.id, &args.name).await.map_err(refused)? {
        scene.records.push(Seen { zone: zone.id.clone(), record, address: None });
    }
    scene.add_zone(zone);
    for side in Side::BOTH {
        for balancer in cloud.balancers(side).await.map_err(refused)? {
            scene.add_balancer(balancer);
        }
    }
    Ok(scene)
}

/// Finds the zone that is meant.
async fn named<C: Cloud>(cloud: &C, text: &str, private: bool) -> Result<Zone, Fault> {
    let refused = |error: CloudError| aws::refused(&error);
    let id = text.strip_prefix("/hostedzone/").unwrap_or(text);
    if !id.contains('.') && id.starts_with('Z') {
        return cloud.zone(&ZoneId(id.to_owned())).await.map_err(refused);
    }
    let name: RecordName = text
        .parse()
        .map_err(|error: crate::unit::InvalidName| Fault::of(ExitStatus::Usage, &error))?;
    let mut zones = cloud.zones_named(&name).await.map_err(refused)?;
    zones.retain(|zone| zone.private == private);
    let kind = if private { "private" } else { "public" };
    match &zones[..] {
        [zone] => Ok(zone.clone()),
        [] => Err(Fault::new(
            ExitStatus::Refused,
            format!("there is no {kind} zone {name} in the account"),
        )
        .hinted("`--profile` names another account, `--private` means private zones")),
        several => {
            let ids: Vec<&str> = several.iter().map(|zone| zone.id.0.as_str()).collect();
            Err(Fault::new(ExitStatus::Usage, format!("several {kind} zones are named {name}"))
                .hinted(format!("name one by its id: {}", ids.join(", "))))
        }
    }
}
