//! What is told of a zone beyond its name, and protections.

use super::*;
use crate::plan::ZoneDetails;

const LIST: &str = "/rrsetprotection?";
const REMOVE: &str = "/rrsetprotection/delete";

fn unknown() -> Reply {
    Reply::new(404, answers::error("UnknownOperationException", ""))
}

async fn server(limit: Reply, protections: Reply) -> Server {
    let server = Server::start([]).await;
    server.answer_at("/hostedzonelimit/Z1/MAX_RRSETS_BY_ZONE", limit);
    server.answer_at(LIST, protections);
    server.answer_at("/hostedzone/Z1", Reply::ok(answers::zone()));
    server
}

#[tokio::test]
async fn l16_l18_a_zone_tells_its_records_its_limit_its_owner_and_its_protections() {
    let listed =
        answers::protections(&[("\\052.example.com.", "A"), ("api.example.com.", "AAAA")], None);
    let server = server(Reply::ok(answers::zone_limit(12_000)), Reply::ok(listed)).await;
    assert_eq!(
        cloud(&server).await.zone_details(&zone()).await,
        Ok(ZoneDetails {
            records: Some(17),
            most_records: Some(12_000),
            linked_service: Some("servicediscovery.amazonaws.com".to_owned()),
            recovery: Some("ENABLING_HOSTED_ZONE_LOCKED".to_owned()),
            protected: Some(vec![
                (name("*.example.com"), RecordType::A),
                (name("api.example.com"), RecordType::from("AAAA")),
            ]),
        })
    );
    let paths = server.paths();
    assert!(paths.contains(&"/2013-04-01/hostedzone/Z1/rrsetprotection?maxresults=300".to_owned()));
}

#[tokio::test]
async fn what_a_route_53_does_not_know_or_tell_is_left_out() {
    let denied = || Reply::new(403, answers::error("AccessDenied", "no"));
    for reply in [
        unknown(),
        denied(),
        Reply::new(400, answers::error("InvalidAction", "")),
        Reply::new(501, "not implemented"),
        Reply::new(404, "<html>no such page</html>"),
        Reply::ok("<html>welcome</html>"),
        // It has looked at no more than the beginning of the path.
        Reply::ok(answers::zone()),
    ] {
        let server = server(denied(), reply.clone()).await;
        let details = cloud(&server).await.zone_details(&zone()).await;
        let details = details.unwrap_or_else(|error| panic!("{reply:?}: {error}"));
        assert_eq!((details.most_records, details.protected), (None, None), "{reply:?}");
        assert_eq!(details.records, Some(17));
    }
}

#[tokio::test]
async fn a_zone_that_is_not_there_has_no_details() {
    let server = Server::start([Reply::new(404, answers::error("NoSuchHostedZone", "gone"))]).await;
    let error = cloud(&server).await.zone_details(&zone()).await.unwrap_err();
    assert_eq!((error.kind, server.paths().len()), (CloudErrorKind::NotFound, 1));
}

#[tokio::test]
async fn l16_protections_are_listed_page_by_page_and_reads_are_tried_again() {
    let server = Server::start([
        Reply::new(500, "oops"),
        Reply::ok(answers::protections(&[("a.example.com.", "A")], Some("t/1 +"))),
        Reply::ok(answers::protections(&[("b.example.com.", "A")], None)),
    ])
    .await;
    let cloud = cloud(&server).await;
    let client = cloud.session(Account::Dns).await.unwrap().route53();
    let found = protection::list(client, &zone()).await.unwrap();
    let names = ["a.example.com", "b.example.com"];
    assert_eq!(found, names.map(|text| (name(text), RecordType::A)));
    let paths = server.paths();
    assert_eq!(paths[0], paths[1], "the second attempt asks for the same");
    assert!(paths[2].ends_with("?maxresults=300&nexttoken=t%2F1%20%2B"), "{paths:?}");
}

#[tokio::test]
async fn l16_a_page_of_protections_that_leads_to_itself_is_no_endless_loop() {
    let page = answers::protections(&[("a.example.com.", "A")], Some("t"));
    let server = Server::start(std::iter::repeat_n(Reply::ok(page), 5)).await;
    let cloud = cloud(&server).await;
    let client = cloud.session(Account::Dns).await.unwrap().route53();
    let error = protection::list(client, &zone()).await.unwrap_err();
    assert!(error.message.contains("the same page again"), "{error}");
    assert_eq!(server.paths().len(), 2);
}

#[tokio::test]
async fn l16_protections_are_removed_by_name_and_type_a_hundred_at_a_time() {
    let server = Server::start(std::iter::repeat_n(Reply::ok(answers::unprotected()), 2)).await;
    let records: Vec<_> =
        (0..101).map(|n| (name(&format!("*.n{n}.example.com")), RecordType::A)).collect();
    cloud(&server).await.unprotect(&zone(), &records).await.unwrap();
    let path = format!("/2013-04-01/hostedzone/Z1{REMOVE}");
    assert_eq!(server.paths(), [path.clone(), path]);
    let bodies = server.bodies();
    let keys = |body: &str| body.matches("<ResourceRecordSetProtectionKey>").count();
    assert_eq!((keys(&bodies[0]), keys(&bodies[1])), (100, 1));
    assert_eq!(
        bodies[1],
        "<DeleteResourceRecordSetProtectionsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <Protections><ResourceRecordSetProtectionKey><RecordName>\\052.n100.example.com.</RecordName>\
         <RecordType>A</RecordType></ResourceRecordSetProtectionKey></Protections>\
         </DeleteResourceRecordSetProtectionsRequest>"
    );
}

#[tokio::test]
async fn l27_a_removal_of_protections_is_sent_once_whatever_happens() {
    let refusal = answers::error("InvalidResourceRecordSetProtectionBatch", "not protected");
    for (reply, kind) in [
        (Reply::new(500, "oops"), CloudErrorKind::Unclear),
        (Reply::hang(), CloudErrorKind::Unclear),
        (Reply::new(400, answers::error("Throttling", "")), CloudErrorKind::Throttled),
        (Reply::new(400, answers::error("PriorRequestNotComplete", "")), CloudErrorKind::Busy),
        (Reply::new(403, answers::error("AccessDenied", "")), CloudErrorKind::Denied),
        (Reply::new(400, refusal), CloudErrorKind::Rejected),
    ] {
        let server = Server::start([reply.clone(), Reply::ok(answers::unprotected())]).await;
        let records = [(name("api.example.com"), RecordType::A)];
        let error = cloud(&server).await.unprotect(&zone(), &records).await.unwrap_err();
        assert_eq!(error.kind, kind, "{reply:?}: {error}");
        assert_eq!(error.operation, "DeleteResourceRecordSetProtections");
        assert_eq!(server.paths().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn a_record_that_a_traffic_policy_owns_is_read_though_it_says_no_answer() {
    let owned = "<ResourceRecordSet><Name>api.example.com.</Name><Type>A</Type>\
                 <TrafficPolicyInstanceId>t-1</TrafficPolicyInstanceId></ResourceRecordSet>";
    let server = Server::start([Reply::ok(answers::records(&[owned.to_owned()], None))]).await;
    let found = cloud(&server).await.records_at(&zone(), &[name("api.example.com")]).await.unwrap();
    let policy = "traffic policy instance t-1".to_owned();
    assert_eq!(found[0].routing, Routing::Other { set_identifier: None, policy });
}
