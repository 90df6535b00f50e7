//! A runbook as text, with what its author has to decide in comments.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, Way, draft::Entry, yaml::value};
use crate::{
    plan::{Answer, Balancer},
    unit::{BalancerKind, RecordName, clean},
};

/// What stands for a load balancer that its author has to name.
const UNNAMED: &str = "CHANGE-ME";
/// Most load balancers that are offered.
const MOST_OFFERED: usize = 12;
/// The TTL that records should have during a cutover, in seconds.
const SHORT_TTL: u32 = 60;

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

    fn records(&mut self, entries: &[Entry<'_>], left_out: &[String]) {
        self.comment("", "All records move in lockstep: at every moment each has the same share on the new side.");
        self.line("records:");
        for entry in entries {
            self.entry(entry);
        }
        if !left_out.is_empty() {
            self.line("");
            self.comment("", "Left out:");
            for text in left_out {
                self.comment("", &format!("  {text}"));
            }
        }
        self.line("");
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        let indent = "    ";
        for text in &entry.from {
            self.comment("  ", text);
        }
        for text in &entry.why {
            self.comment("  ", text);
        }
        self.line(format!("  - name: {}", value(entry.name.as_str())));
        self.zone(entry);
        let kinds: Vec<String> = entry.kinds.iter().map(|kind| value(kind.as_str())).collect();
        self.line(format!("{indent}types: [{}]", kinds.join(", ")));
        if let Answer::Values { ttl, .. } = entry.legacy {
            if ttl.0 > SHORT_TTL {
                let text = format!(
                    "The TTL is {ttl} today; it is lowered before the first step, and the old one is waited out."
                );
                self.comment(indent, &text);
            }
            self.line(format!("{indent}ttl: {}", ttl.0.clamp(1, SHORT_TTL)));
        }
        let legacy = self.target(entry.legacy);
        self.line(format!("{indent}legacy: {legacy}"));
        match entry.new {
            Some(answer) => {
                let new = self.target(answer);
                self.metrics(entry, answer);
                self.line(format!("{indent}new: {new}"));
            }
            None => self.offer(entry),
        }
    }

    fn zone(&mut self, entry: &Entry<'_>) {
        let indent = "    ";
        let Some(zone) = self.scene.zones.get(entry.zone) else {
            return self.line(format!("{indent}zone: {}", value(&entry.zone.0)));
        };
        if self.names.get(&(&zone.name, zone.private)).is_some_and(|count| *count > 1) {
            self.comment(indent, &format!("One of several zones named {}.", zone.name));
            return self.line(format!("{indent}zone: {}", value(&entry.zone.0)));
        }
        self.line(format!("{indent}zone: {}", value(zone.name.as_str())));
        if zone.private {
            self.line(format!("{indent}private: true"));
        }
    }

    /// Returns a target as the runbook names it.
    fn target(&self, answer: &Answer) -> String {
        let health = |on: bool| if on { ", evaluate_target_health: true" } else { "" };
        match answer {
            Answer::Alias { dns_name, zone_id, evaluate_target_health } => {
                let health = health(*evaluate_target_health);
                match self.scene.behind(answer) {
                    Some(Balancer { name, .. }) => {
                        format!("{{ {}: {}{health} }}", name.kind, value(&name.name))
                    }
                    None => format!(
                        "{{ alias: {{ dns_name: {}, zone_id: {} }}{health} }}",
                        value(dns_name.trim_end_matches('.')),
                        value(zone_id)
                    ),
                }
            }
            Answer::Values { values, .. } => match &values[..] {
                [only] => format!("{{ value: {} }}", value(only)),
                several => {
                    let several: Vec<String> = several.iter().map(|one| value(one)).collect();
                    format!("{{ values: [{}] }}", several.join(", "))
                }
            },
        }
    }

    /// A target that is no load balancer does not say where its metrics are.
    fn metrics(&mut self, entry: &Entry<'_>, new: &Answer) {
        if self.scene.behind(new).is_some() && self.scene.behind(entry.legacy).is_some() {
            return;
        }
        self.comment(
            "    ",
            "DECIDE: which load balancers' metrics tell how each side does, such as `metrics: { alb: NAME }` in `legacy` and in `new`;",
        );
        self.comment("    ", "  without any on new, `cutover plan` refuses the runbook unless another record has them.");
    }

    /// Writes a new side that its author has to choose, with the best guess.
    fn offer(&mut self, entry: &Entry<'_>) {
        let indent = "    ";
        let host = |balancer: &Balancer| balancer.dns_name.clone();
        let own = self.scene.behind(entry.legacy).map(host);
        let partners = own.as_ref().and_then(|own| self.partners.get(own.as_str()));
        let partners: Vec<&Balancer> =
            partners.into_iter().flat_map(BTreeMap::values).copied().collect();
        let (guess, why) = match (&partners[..], &self.free[..]) {
            ([only], _) => {
                (Some(*only), "The other records that leave this load balancer move there.")
            }
            (_, [only]) => {
                (Some(*only), "It is the only load balancer known that no record points to.")
            }
            _ => (None, ""),
        };
        let target = match guess {
            Some(guess) => {
                self.comment(indent, &format!("DECIDE: is this where it moves to? {why}"));
                format!("{}: {}", guess.name.kind, value(&guess.name.name))
            }
            None => {
                let others = self.scene.balancers().filter(|one| Some(host(one)) != own);
                let mut names: Vec<String> =
                    others.take(MOST_OFFERED).map(|one| one.name.to_string()).collect();
                if names.is_empty() {
                    names.push("no others".to_owned());
                }
                let text = format!(
                    "DECIDE: where does it move to? Load balancers known are {}.",
                    names.join(", ")
                );
                self.comment(indent, &text);
                format!("{}: {UNNAMED}", BalancerKind::Application)
            }
        };
        self.line(format!("{indent}new: {{ {target} }}"));
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
