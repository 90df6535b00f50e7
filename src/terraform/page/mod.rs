//! A runbook as text, with what its author has to decide in comments.

mod records;

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, Way, draft::Entry, yaml::value};
use crate::{
    plan::{Answer, Balancer},
    unit::{RecordName, clean},
};

/// Writes a runbook with these entries; `left_out` are records that cannot move, in words.
pub(super) fn page(scene: &Scene, way: &Way, entries: &[Entry<'_>], left_out: &[String]) -> String {
    let mut page = Page::new(scene, way, entries);
    page.head(entries);
    page.environments(entries);
    page.records(entries, left_out);
    page.rest(entries);
    page.lines.join("\n") + "\n"
}

/// A runbook that is being written.
struct Page<'a> {
    scene: &'a Scene,
    way: &'a Way,
    /// Load balancers that no record points to today.
    free: Vec<&'a Balancer>,
    /// Where records move to that leave a load balancer, by its DNS name.
    partners: BTreeMap<&'a str, BTreeMap<&'a str, &'a Balancer>>,
    /// How many zones have a name.
    names: BTreeMap<(&'a RecordName, bool), usize>,
    lines: Vec<String>,
}

impl<'a> Page<'a> {
    fn new(scene: &'a Scene, way: &'a Way, entries: &[Entry<'_>]) -> Self {
        let used: BTreeSet<&str> = entries
            .iter()
            .flat_map(|entry| [Some(entry.legacy), entry.new])
            .filter_map(|answer| Some(scene.behind(answer?)?.dns_name.as_str()))
            .collect();
        let free = scene.balancers().filter(|one| !used.contains(one.dns_name.as_str())).collect();
        let mut partners: BTreeMap<&str, BTreeMap<&str, &Balancer>> = BTreeMap::new();
        for entry in entries {
            let new = entry.new.and_then(|new| scene.behind(new));
            if let (Some(legacy), Some(new)) = (scene.behind(entry.legacy), new) {
                partners.entry(&legacy.dns_name).or_default().insert(&new.dns_name, new);
            }
        }
        let mut names = BTreeMap::new();
        for zone in scene.zones.values() {
            *names.entry((&zone.name, zone.private)).or_default() += 1;
        }
        Self { scene, way, free, partners, names, lines: Vec::new() }
    }

    fn line(&mut self, text: impl Into<String>) {
        self.lines.push(text.into());
    }

    /// Writes a comment, which stays one line whatever is in it.
    fn comment(&mut self, indent: &str, text: &str) {
        self.lines.push(format!("{indent}# {}", clean(text)).trim_end().to_owned());
    }

    fn head(&mut self, entries: &[Entry<'_>]) {
        let made = format!("Made by `{}`.", self.way.command);
        self.comment("", &made);
        for text in [
            "Nothing was changed. Read it, and settle every line that says DECIDE; then",
            "",
            "  cutover validate FILE      is it written right? (offline)",
            "  cutover rehearse FILE      would it protect us? (simulator, no AWS account)",
            "  cutover plan     FILE      what exactly will happen? (reads AWS, writes nothing)",
            "  cutover run      FILE      first in staging",
        ] {
            self.comment("", text);
        }
        let name = entries.first().map(|entry| slug(entry.name)).unwrap_or_default();
        self.line("version: 1");
        self.line(format!("name: {}", value(&name)));
        self.line("");
    }

    fn environments(&mut self, entries: &[Entry<'_>]) {
        let way = self.way;
        self.comment("", "DECIDE: whose credentials reach which account, for example");
        self.comment("", "  legacy: { role: \"arn:aws:iam::222222222222:role/cutover-read\", region: us-west-2 }");
        self.comment("", "Without a role or a profile, and without a region, those of the command line and the environment serve.");
        self.line("environments:");
        self.line("  production:");
        let legacy = entries.iter().map(|entry| entry.legacy).find_map(region);
        let new = entries.iter().filter_map(|entry| entry.new).find_map(region);
        let offered = || match self.free[..] {
            [only] => region_of(&only.dns_name).map(str::to_owned),
            _ => None,
        };
        let new = new.or_else(offered);
        for (place, access, region) in
            [("dns", &way.dns, None), ("legacy", &way.legacy, legacy), ("new", &way.new, new)]
        {
            let mut pairs: Vec<String> =
                access.iter().map(|(key, text)| format!("{key}: {}", value(text))).collect();
            pairs.extend(region.map(|region| format!("region: {}", value(&region))));
            let pairs = if pairs.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", pairs.join(", "))
            };
            self.line(format!("    {place}: {pairs}"));
        }
        self.line("");
    }

    fn rest(&mut self, entries: &[Entry<'_>]) {
        for text in [
            "A step sets the share of the traffic meant for new, waits until DNS and metrics have settled, and is then watched for",
            "`hold`. A breach at any moment takes everything back.",
            "DECIDE: how far, how fast and how long; `cutover plan` says what each step can see at your traffic.",
        ] {
            self.comment("", text);
        }
        self.line("steps:");
        for (share, hold) in [
            ("1%", "20m"),
            ("5%", "10m"),
            ("10%", "15m"),
            ("25%", "10m"),
            ("50%", "15m"),
            ("75%", "15m"),
            ("100%", "1h"),
        ] {
            self.line(format!("  - {{ weight: {share}, hold: {hold} }}"));
        }
        self.line("");
        self.comment(
            "",
            "DECIDE: how many healthy targets new must have before anything is changed.",
        );
        self.line("preflight:");
        self.line("  min_healthy_targets: 2");
        self.line("");
        for text in [
            "The gates have defaults, which `cutover plan` prints. A limit that your users care about can be added:",
            "",
            "gates:",
            "  latency: { critical: { at_most: 800ms } }",
        ] {
            self.comment("", text);
        }
        let managed = entries
            .iter()
            .any(|entry| entry.from.iter().any(|from| from.contains("aws_route53_record")));
        if managed {
            self.line("");
            for text in [
                "Terraform manages these records: let it apply nothing to them while the run goes on. `cutover terraform RUN --terraform STATE`",
                "prints what makes its code match, during the run and after it.",
            ] {
                self.comment("", text);
            }
        }
    }
}

/// Returns the region of the load balancer that an alias points to, where its name tells it.
pub(super) fn region(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Alias { dns_name, .. } => region_of(dns_name).map(str::to_owned),
        Answer::Values { .. } => None,
    }
}

/// Returns a runbook's name: the first label of a record's name.
fn slug(name: &RecordName) -> String {
    let label = name.as_str().split('.').next().unwrap_or_default();
    let slug: String = label
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
        .take(40)
        .collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "cutover".to_owned() } else { slug.to_owned() }
}

/// Returns the region that the DNS name of a load balancer tells: `NAME.REGION.elb.amazonaws.com`, and
/// `NAME.elb.REGION.amazonaws.com` of network ones.
fn region_of(dns_name: &str) -> Option<&str> {
    let host = dns_name.trim_end_matches('.').split_once(".amazonaws.com")?.0;
    let mut labels = host.rsplit('.');
    let (last, before) = (labels.next()?, labels.next()?);
    let region = match (last, before) {
        ("elb", region) => region,
        (region, "elb") => region,
        _ => return None,
    };
    let is_region = region.contains('-')
        && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_region.then_some(region)
}
