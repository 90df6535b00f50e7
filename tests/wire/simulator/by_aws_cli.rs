//! The aws command line: what people have open in the other window.

use serde_json::Value;

use super::{
    face::{DNS, Face, LEGACY, NEW, TestResult, ZONE, start},
    python,
};

/// Runs `aws` and returns what it prints, or its complaint.
async fn aws(
    face: &Face,
    account: &'static str,
    command: &[&str],
) -> Result<Result<Value, String>, Box<dyn std::error::Error>> {
    let mut arguments: Vec<String> = ["-m", "awscli"].map(str::to_owned).into();
    arguments.extend(command.iter().map(|word| (*word).to_owned()));
    arguments.extend(["--output", "json", "--endpoint-url"].map(str::to_owned));
    arguments.push(face.url());
    let done = python::run(arguments, face.url(), account).await?;
    if done.status.success() {
        return Ok(Ok(serde_json::from_slice(&done.stdout)?));
    }
    Ok(Err(String::from_utf8_lossy(&done.stderr).into_owned()))
}

fn batch(changes: &[(&str, &str, u8)]) -> String {
    let change = |(action, set_identifier, weight): &(&str, &str, u8)| {
        serde_json::json!({"Action": action, "ResourceRecordSet": {
            "Name": "www.example.com", "Type": "A", "SetIdentifier": set_identifier, "Weight": weight,
            "AliasTarget": {
                "HostedZoneId": "Z1H1FL5HABSF5",
                "DNSName": format!("{set_identifier}-1.us-west-2.elb.amazonaws.com"),
                "EvaluateTargetHealth": true,
            },
        }})
    };
    let changes: Vec<Value> = changes.iter().map(change).collect();
    serde_json::json!({ "Changes": changes }).to_string()
}

#[tokio::test]
async fn the_command_line_changes_weights_and_is_told_why_it_cannot() -> TestResult {
    let face = Face::calm().await?;
    let change =
        ["route53", "change-resource-record-sets", "--hosted-zone-id", ZONE, "--change-batch"];
    let upsert = batch(&[("UPSERT", "new", 25)]);
    let sent = aws(&face, DNS, &[&change[..], &[&upsert]].concat()).await??;
    assert_eq!(sent["ChangeInfo"]["Status"], "PENDING");

    let list = ["route53", "list-resource-record-sets", "--hosted-zone-id", ZONE, "--query"];
    let query = "ResourceRecordSets[?Name=='www.example.com.'].[SetIdentifier,Weight]";
    let weights = aws(&face, DNS, &[&list[..], &[query]].concat()).await??;
    assert_eq!(weights, serde_json::json!([["legacy", 100], ["new", 25]]));

    let wrong = batch(&[("CREATE", "new", 1), ("DELETE", "legacy", 3)]);
    let complaint = aws(&face, DNS, &[&change[..], &[&wrong]].concat()).await?;
    let complaint = complaint.expect_err("the batch is wrong twice");
    assert!(complaint.contains("(InvalidChangeBatch)"), "{complaint}");
    assert!(complaint.contains("already exists"), "{complaint}");
    assert!(complaint.contains("values provided do not match"), "{complaint}");
    Ok(())
}

#[tokio::test]
async fn the_command_line_reads_a_zone_and_what_it_may_hold() -> TestResult {
    let face = Face::calm().await?;
    let zone = aws(&face, DNS, &["route53", "get-hosted-zone", "--id", ZONE]).await??;
    assert_eq!(zone["HostedZone"]["ResourceRecordSetCount"], 352);
    let limit = ["route53", "get-hosted-zone-limit", "--hosted-zone-id", ZONE, "--type"];
    let most = aws(&face, DNS, &[&limit[..], &["MAX_RRSETS_BY_ZONE"]].concat()).await??;
    assert_eq!((&most["Limit"]["Value"], &most["Count"]), (&10_000.into(), &352.into()));
    let other = aws(&face, DNS, &[&limit[..], &["MAX_VPCS_ASSOCIATED_BY_ZONE"]].concat()).await?;
    assert!(other.is_err_and(|complaint| complaint.contains("InvalidInput")));
    Ok(())
}

#[tokio::test]
async fn the_command_line_reads_callers_balancers_and_metrics() -> TestResult {
    let face = Face::calm().await?;
    face.pass(1800);
    let caller = aws(&face, NEW, &["sts", "get-caller-identity"]).await??;
    assert_eq!(caller["Account"], NEW);
    let old = aws(&face, LEGACY, &["elb", "describe-load-balancers"]).await??;
    assert_eq!(old["LoadBalancerDescriptions"][0]["LoadBalancerName"], "old");
    let new = aws(&face, NEW, &["elbv2", "describe-load-balancers", "--names", "new"]).await??;
    assert_eq!(new["LoadBalancers"][0]["State"]["Code"], "active");

    let queries = serde_json::json!([{"Id": "m0", "MetricStat": {
        "Metric": {
            "Namespace": "AWS/ELB", "MetricName": "RequestCount",
            "Dimensions": [{"Name": "LoadBalancerName", "Value": "old"}],
        },
        "Period": 60, "Stat": "Sum",
    }}])
    .to_string();
    let end = (start() + cutover::unit::SignedDuration::from_mins(10)).to_string();
    let begin = start().to_string();
    let command = ["cloudwatch", "get-metric-data", "--metric-data-queries", &queries];
    let window = ["--start-time", &begin, "--end-time", &end];
    let data = aws(&face, LEGACY, &[&command[..], &window].concat()).await??;
    assert_eq!(data["MetricDataResults"][0]["Values"].as_array().map(Vec::len), Some(10));

    let alarms = ["cloudwatch", "describe-alarms", "--alarm-types", "CompositeAlarm"];
    let alarms = aws(&face, NEW, &alarms).await??;
    assert_eq!(alarms["CompositeAlarms"][0]["AlarmName"], "all");
    Ok(())
}
