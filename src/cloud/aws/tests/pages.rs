//! Answers of several pages that never come to an end.

use std::sync::atomic::{AtomicU32, Ordering};

use ciborium::cbor;

use super::{
    answers::{cname, protections, records, zones},
    *,
};

/// Returns a cloud whose every answer is this page, given the number of the request.
async fn endless(page: impl Fn(&str, u32) -> Vec<u8> + Send + Sync + 'static) -> AwsCloud {
    let asked = AtomicU32::new(0);
    let answer = move |path: &str, _: &[u8]| {
        let body = page(path, asked.fetch_add(1, Ordering::Relaxed));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![header("smithy-protocol", "rpc-v2-cbor")];
        scripted::Reply { status: 200, headers, body }
    };
    AwsCloud::scripted(answer).await.unwrap()
}

fn refused<T: std::fmt::Debug>(answer: Result<T, CloudError>) {
    let error = answer.unwrap_err();
    assert!(error.to_string().contains("more than 1000 pages"), "{error}");
    assert!(!error.passes_by_itself(), "{error:?}");
}

fn written(value: &ciborium::Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

#[tokio::test(start_paused = true)]
async fn pages_that_lead_in_a_circle_are_not_followed_for_ever() {
    let cloud = endless(|_, number| {
        let identifier = format!("m{}", number % 2);
        let next = ("api.example.com.", "CNAME", Some(identifier.as_str()));
        records(&[cname("api.example.com.", "x")], Some(next)).into()
    })
    .await;
    refused(cloud.records_at(&zone(), &[name("api.example.com")]).await);

    // Before the names that are searched for.
    let back = ("a.example.com.", "CNAME", None);
    let cloud = endless(move |_, _| records(&[], Some(back)).into()).await;
    let names: Vec<_> = (0..40).map(|n| name(&format!("n{n:02}.example.com"))).collect();
    refused(cloud.records_at(&zone(), &names).await);

    let cloud = endless(|_, number| {
        zones(&[("Z1", "example.com.", false)], Some(("example.com.", &format!("Z{number}"))))
            .into()
    })
    .await;
    refused(cloud.zones_named(&name("example.com")).await);

    let cloud = endless(|path, number| match path {
        path if path.contains("protection") => protections(&[], Some(&format!("{number}"))).into(),
        _ => answers::zone().into(),
    })
    .await;
    assert_eq!(cloud.zone_details(&zone()).await.unwrap().protected, None);
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_new_each_time_are_not_followed_for_ever() {
    let in_cbor =
        || endless(|_, number| written(&cbor!({ "NextToken" => format!("{number}") }).unwrap()));
    let query = MetricQuery {
        namespace: "AWS/ELB".to_owned(),
        metric: "RequestCount".to_owned(),
        dimensions: BTreeMap::new(),
        stat: "Sum".to_owned(),
    };
    refused(in_cbor().await.metrics(Account::New, &[query], Minute(0), Minute(9)).await);
    refused(in_cbor().await.alarms(Account::New, &["loud".to_owned()]).await);

    let cloud = endless(|_, number| {
        format!(
            "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups/><NextMarker>{number}</NextMarker>\
             </DescribeTargetGroupsResult></DescribeTargetGroupsResponse>"
        )
        .into()
    })
    .await;
    let balancer = Balancer {
        name: BalancerName { kind: BalancerKind::Application, name: "api".to_owned() },
        dns_name: String::new(),
        zone_id: String::new(),
        dimension: String::new(),
        arn: Some("arn".to_owned()),
        internal: false,
    };
    refused(cloud.target_health(Side::New, &balancer).await);
}
