//! Record sets and batches as XML, and paths as operations.

use proptest::prelude::*;

use super::*;
use crate::{
    plan::{Answer, ChangeAction, RecordSet, Routing},
    sim::wire::codec::{content, document, element},
    unit::{RecordType, Ttl, Weight},
};

const ROOT: &str = "ChangeResourceRecordSetsRequest";

fn batch(changes: &str) -> String {
    document(ROOT, "urn:x", &format!("<ChangeBatch><Changes>{changes}</Changes></ChangeBatch>"))
}

fn create(set: &str) -> String {
    batch(&format!(
        "<Change><Action>CREATE</Action><ResourceRecordSet>{set}</ResourceRecordSet></Change>"
    ))
}

fn refusal(body: &str) -> (String, String) {
    match change::decode(body.as_bytes()).unwrap_err() {
        Fault::Answer { code, message, .. } => (code, message),
        Fault::Dropped => panic!("nothing was said"),
    }
}

const VALUES: &str = "<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>";

fn sets() -> Vec<RecordSet> {
    let values = Answer::Values { ttl: Ttl(60), values: vec!["\"a & <b>\"".into(), "x".into()] };
    let alias = Answer::Alias {
        dns_name: "dualstack.old.us-west-2.elb.amazonaws.com.".into(),
        zone_id: "Z1H1FL5HABSF5".into(),
        evaluate_target_health: true,
    };
    let routings = [
        "latency us-west-2",
        "failover PRIMARY",
        "multivalue true",
        "traffic policy instance 12345",
        "geolocation CountryCode=US SubdivisionCode=CA",
        "cidr CollectionId=c LocationName=*",
        "geoproximity AWSRegion=us-west-2 Bias=-10",
        "geoproximity Bias=5 Latitude=1.5 Longitude=-2",
    ]
    .map(|policy| Routing::Other { set_identifier: Some("s".into()), policy: policy.into() });
    let weighted = Routing::Weighted { set_identifier: "cutover:new".into(), weight: Weight(255) };
    let set = |(n, routing): (usize, Routing)| RecordSet {
        name: format!("*.{n}.example.com").parse().unwrap(),
        kind: RecordType::from(["A", "TXT", "SVCB"][n % 3]),
        routing,
        answer: if n % 2 == 0 { alias.clone() } else { values.clone() },
        health_check: (n == 3).then(|| "11111111-2222-3333-4444-555555555555".into()),
    };
    [Routing::Simple, weighted].into_iter().chain(routings).enumerate().map(set).collect()
}

#[test]
fn l05_what_is_listed_can_be_sent_back_to_the_letter() {
    let sent: String = sets()
        .iter()
        .map(|set| {
            let set = element("ResourceRecordSet", &record::encode(set));
            format!("<Change><Action>DELETE</Action>{set}</Change>")
        })
        .collect();
    let (changes, _) = change::decode(batch(&sent).as_bytes()).unwrap();
    assert_eq!(changes.iter().map(|change| change.record.clone()).collect::<Vec<_>>(), sets());
    assert!(changes.iter().all(|change| change.action == ChangeAction::Delete));
}

#[test]
fn l32_names_are_listed_escaped_and_absolute() {
    let text = content(&record::encode(&sets()[0]));
    assert!(text.contains("<Name>\\052.0.example.com.</Name>"), "{text}");
}

#[test]
fn a_policy_in_words_from_elsewhere_is_listed_without_its_element() {
    let mut set = sets().remove(2);
    set.routing = Routing::Other { set_identifier: None, policy: "something else".into() };
    assert!(!content(&record::encode(&set)).contains("something"));
}

#[test]
fn l14_a_weight_that_route_53_has_not_is_named() {
    for weight in ["256", "-1", "1.5", ""] {
        let set = format!(
            "<Name>a.test</Name><Type>A</Type><SetIdentifier>s</SetIdentifier><Weight>{weight}</Weight>{VALUES}"
        );
        let (code, message) = refusal(&create(&set));
        assert_eq!(code, "InvalidInput");
        assert!(message.contains(&format!("'{weight}' at 'weight'")), "{message}");
        assert!(message.contains("[Action=CREATE, Name=a.test, Type=A, SetIdentifier=s]"));
    }
}

#[test]
fn a_record_without_or_with_two_answers_is_refused_in_route_53s_words() {
    let alias = "<AliasTarget><HostedZoneId>Z</HostedZoneId><DNSName>x</DNSName>\
                 <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>";
    let set = |answer: &str| create(&format!("<Name>a.test</Name><Type>A</Type>{answer}"));
    let (code, message) = refusal(&set("<TTL>60</TTL>"));
    assert_eq!(code, "InvalidInput");
    assert_eq!(
        message,
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], \
         or TrafficPolicyInstanceId], but found none in Change with [Action=CREATE, Name=a.test, \
         Type=A, SetIdentifier=null]"
    );
    assert!(refusal(&set(&format!("{alias}{VALUES}"))).1.contains("found more than one"));
}

#[test]
fn half_a_policy_or_two_of_them_is_refused() {
    for (policy, said) in [
        ("<Weight>1</Weight>", "Missing field 'SetIdentifier'"),
        ("<SetIdentifier>s</SetIdentifier>", "Missing a routing policy"),
        ("<Weight>1</Weight><Region>x</Region><SetIdentifier>s</SetIdentifier>", "at most one"),
    ] {
        let set = format!("<Name>a.test</Name><Type>A</Type>{policy}{VALUES}");
        let (code, message) = refusal(&create(&set));
        assert!(code == "InvalidInput" && message.contains(said), "{message}");
    }
}

#[test]
fn a_body_that_is_not_a_batch_says_so() {
    let bodies = ["", "<a/>", "{}", &batch(""), &document(ROOT, "", "")];
    for body in bodies {
        assert_eq!(refusal(body).0, "MalformedInput", "{body}");
    }
    let action = create("").replace("CREATE", "create");
    assert!(refusal(&action).1.contains("Action 'create'"));
    let name = create(&format!("<Name>a..b</Name><Type>A</Type>{VALUES}"));
    assert_eq!(refusal(&name).0, "InvalidChangeBatch");
}

#[test]
fn a_path_names_an_operation_or_none() {
    let name = |method: Method, path: &str| Operation::of(&method, path).map(|found| found.name());
    let cases = [
        (Method::GET, "/2013-04-01/hostedzone", Some("ListHostedZones")),
        (Method::GET, "/2013-04-01/hostedzone/Z1/rrset", Some("ListResourceRecordSets")),
        (Method::POST, "/2013-04-01/hostedzone/Z1/rrset/", Some("ChangeResourceRecordSets")),
        (Method::GET, "/2013-04-01/hostedzone/Z1", Some("GetHostedZone")),
        (
            Method::GET,
            "/2013-04-01/hostedzonelimit/Z1/MAX_RRSETS_BY_ZONE",
            Some("GetHostedZoneLimit"),
        ),
        (
            Method::GET,
            "/2013-04-01/hostedzone/Z1/rrsetprotection",
            Some("ListResourceRecordSetProtections"),
        ),
        (
            Method::POST,
            "/2013-04-01/hostedzone/Z1/rrsetprotection/delete",
            Some("DeleteResourceRecordSetProtections"),
        ),
        (Method::POST, "/2013-04-01/hostedzone/Z1/rrsetprotection", None),
        (Method::POST, "/2013-04-01/hostedzone", None),
        (Method::DELETE, "/2013-04-01/hostedzone/Z1", None),
        (Method::GET, "/2013-04-01/change/C1", Some("GetChange")),
        (Method::GET, "/2013-04-01/", None),
    ];
    for (method, path, expected) in cases {
        assert_eq!(name(method, path), expected, "{path}");
    }
}

proptest! {
    #[test]
    fn a_batch_of_junk_never_panics(
        fields in prop::collection::vec(
            ("(Name|Type|TTL|Weight|Region|SetIdentifier|Bias|GeoLocation|AliasTarget|ResourceRecords)", "[ -~]{0,12}"),
            0..8,
        ),
    ) {
        let set: String =
            fields.iter().map(|(name, text)| element(name, &Node::from(text.as_str()))).collect();
        let _ = change::decode(create(&set).as_bytes());
    }
}
