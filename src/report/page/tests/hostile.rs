//! Text that wants to be more than text.

use super::*;

/// Everything that a page, a terminal or Markdown might obey.
const EVIL: &str = "</style><script>alert(1)</script>\" onload='x' \u{1b}[2J\u{202e}|`*_[x](http://evil)&amp; @all <img src=x>\n# h";

/// Returns what may not stand in any report.
fn harmful(text: &str) -> Option<&'static str> {
    ["<script", "<img", "</style><", "\u{1b}", "\u{202e}"]
        .into_iter()
        .find(|evil| text.contains(evil))
}

/// Returns the same JSON with this text in place of every text that a person or a server may have chosen.
fn poisoned(value: &mut serde_json::Value) {
    const FREE: [&str; 15] = [
        "runbook",
        "environment",
        "version",
        "owner",
        "why",
        "next",
        "by",
        "reason",
        "message",
        "hazards",
        "problems",
        "limit",
        "from",
        "to",
        "gate",
    ];
    if let Some(fields) = value.as_object_mut() {
        for (name, field) in fields {
            let free = FREE.contains(&name.as_str());
            if free && field.is_string() {
                *field = EVIL.into();
            } else if let Some(all) = field.as_array_mut().filter(|_| free) {
                all.iter_mut().for_each(|one| *one = EVIL.into());
            } else {
                poisoned(field);
            }
        }
    } else if let Some(all) = value.as_array_mut() {
        all.iter_mut().for_each(poisoned);
    }
}

#[test]
fn text_from_outside_stays_text_wherever_it_stands() {
    let mut plan = plan(&["api.example.com"]);
    let mut records = Vec::new();
    for record in rolled_back(&plan) {
        let mut event = serde_json::to_value(&record.event).unwrap();
        let is_write = record.event.name() == "write_started";
        if !is_write {
            poisoned(&mut event);
        }
        let event = serde_json::from_value(event).unwrap();
        records.push(Record { event, ..record });
    }
    let more = [
        Event::Drifted { differences: Vec::new() },
        Event::Stuck { why: EVIL.to_owned() },
        Event::Fenced { zone: ZoneId(EVIL.to_owned()), holder: None, why: EVIL.to_owned() },
        Event::PreflightFailed { problems: vec![EVIL.to_owned()] },
    ];
    plan.runbook = EVIL.to_owned();
    plan.environment = Some(EVIL.to_owned());
    plan.zones[0].id = ZoneId(EVIL.to_owned());
    plan.pairs[0].zone = ZoneId(EVIL.to_owned());
    let pair = &mut plan.pairs[0];
    for record in pair.found.iter_mut().chain(&mut pair.baseline) {
        record.answer = Answer::Values { ttl: Ttl(60), values: vec![EVIL.to_owned()] };
        record.health_check = Some(EVIL.to_owned());
    }
    for end in more {
        let mut records = records.clone();
        records.push(Record { event: end, ..records[0].clone() });
        let story = Story::of(&records);
        let case = Case { runbook: Some(EVIL.as_bytes()), ..case(&story, Some(&plan)) };
        let page = html(&case);
        assert_sound(&page);
        let (_, body) = page.split_once("</style>").unwrap();
        assert_eq!(harmful(body), None);
        assert!(body.contains("alert(1)"), "it is shown, as text");
        let short = markdown(&case);
        assert_eq!(harmful(&short), None, "{short}");
        assert!(!short.contains("[x](") && !short.contains("\n# h"), "{short}");
    }
}
