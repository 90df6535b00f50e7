//! Every refusal that AWS's own models name for the calls that cutover makes, and what is no answer of AWS at all: each means
//! what the engine has to do about it, and says what was asked of what, and what AWS said.
//!
//! The refusals are read from botocore's models, so that one that AWS adds has to be decided upon here.

use ciborium::cbor;
use cutover::{
    cloud::{
        Balancer, ChangeId, ChangeStatus, Cloud, CloudError, CloudErrorKind,
        aws::{AwsCloud, Reply},
    },
    plan::{MetricQuery, ZoneId},
    unit::{Account, BalancerKind, BalancerName, Minute, RecordName, RecordType, Side},
};
use serde::Deserialize;

use crate::{Fallible, batch, servers, simple};

/// What AWS says in every refusal of these tests.
const SAID: &str = "in AWS's own words";

/// A refusal that an operation can end with.
#[derive(Debug, Clone, Deserialize)]
struct Refusal {
    service: String,
    operation: String,
    code: String,
    status: u16,
}

const MODELS: &str = "
import botocore.loaders, json
loader, found = botocore.loaders.Loader(), []
for service, operations in {
    'route53': ['ListHostedZonesByName', 'GetHostedZone', 'ListResourceRecordSets', 'ChangeResourceRecordSets', 'GetChange',
                'GetHostedZoneLimit'],
    'cloudwatch': ['GetMetricData', 'DescribeAlarms'],
    'ecs': ['DescribeServices'],
    'ec2': ['DescribeVpcPeeringConnections'],
    'elb': ['DescribeLoadBalancers', 'DescribeInstanceHealth'],
    'elbv2': ['DescribeLoadBalancers', 'DescribeTargetGroups', 'DescribeTargetHealth'],
    'sts': ['GetCallerIdentity', 'AssumeRole'],
}.items():
    model = loader.load_service_model(service, 'service-2')
    for operation in operations:
        found.append({'service': service, 'operation': operation, 'code': '', 'status': 0})
        for error in model['operations'][operation].get('errors', []):
            told = model['shapes'][error['shape']].get('error', {})
            found.append({'service': service, 'operation': operation, 'code': told.get('code', error['shape']),
                          'status': told.get('httpStatusCode', 400)})
print(json.dumps(found))
";

/// Refusals that every service may give (AWS's common errors, and what clients of AWS take for throttling).
const COMMON: [(&str, u16, CloudErrorKind); 25] = [
    ("Throttling", 400, CloudErrorKind::Throttled),
    ("ThrottlingException", 400, CloudErrorKind::Throttled),
    ("RequestLimitExceeded", 503, CloudErrorKind::Throttled),
    ("SlowDown", 503, CloudErrorKind::Throttled),
    ("BandwidthLimitExceeded", 400, CloudErrorKind::Throttled),
    ("EC2ThrottledException", 400, CloudErrorKind::Throttled),
    ("ProvisionedThroughputExceededException", 400, CloudErrorKind::Throttled),
    ("AccessDenied", 403, CloudErrorKind::Denied),
    ("AccessDeniedException", 400, CloudErrorKind::Denied),
    ("NotAuthorized", 400, CloudErrorKind::Denied),
    ("OptInRequired", 403, CloudErrorKind::Denied),
    ("ExpiredToken", 403, CloudErrorKind::Credentials),
    ("ExpiredTokenException", 400, CloudErrorKind::Credentials),
    ("RequestExpired", 400, CloudErrorKind::Credentials),
    ("RequestTimeTooSkewed", 403, CloudErrorKind::Credentials),
    ("InvalidClientTokenId", 403, CloudErrorKind::Credentials),
    ("SignatureDoesNotMatch", 403, CloudErrorKind::Credentials),
    ("UnrecognizedClientException", 400, CloudErrorKind::Credentials),
    ("RequestTimeout", 400, CloudErrorKind::Unclear),
    ("RequestTimeoutException", 400, CloudErrorKind::Unclear),
    ("InternalFailure", 500, CloudErrorKind::Unclear),
    ("ServiceUnavailable", 503, CloudErrorKind::Unclear),
    ("ValidationError", 400, CloudErrorKind::Rejected),
    ("InvalidAction", 400, CloudErrorKind::Rejected),
    ("NobodyHasHeardOfThis", 400, CloudErrorKind::Rejected),
];

/// Returns what a refusal of the models has to mean.
fn meaning(code: &str) -> Option<CloudErrorKind> {
    match code {
        "DependencyThrottle" => Some(CloudErrorKind::Throttled),
        "PriorRequestNotComplete" => Some(CloudErrorKind::Busy),
        "InvalidChangeBatch" => Some(CloudErrorKind::InvalidBatch(vec![SAID.to_owned()])),
        "NoSuchHostedZone"
        | "NoSuchHealthCheck"
        | "LoadBalancerNotFound"
        | "ClusterNotFoundException"
        | "TargetGroupNotFound" => Some(CloudErrorKind::NotFound),
        "AccessDeniedException" => Some(CloudErrorKind::Denied),
        // The targets change by themselves; nothing but a wrong question asks for one that is none.
        "InvalidInput"
        | "InvalidDomainName"
        | "InvalidNextToken"
        | "InvalidInstance"
        | "InvalidParameterException"
        | "ClientException"
        | "InvalidTarget"
        | "HostedZoneNotPrivate" => Some(CloudErrorKind::Rejected),
        "HealthUnavailable" | "ServerException" => Some(CloudErrorKind::Unclear),
        "ExpiredTokenException"
        | "MalformedPolicyDocument"
        | "PackedPolicyTooLarge"
        | "RegionDisabledException" => Some(CloudErrorKind::Credentials),
        _ => None,
    }
}

/// Returns what a refusal comes to for whoever asked for more than this call, which is made on the way: nothing where that
/// goes on without it.
fn comes_to(operation: &str, kind: CloudErrorKind) -> Option<CloudErrorKind> {
    let passes = matches!(kind, CloudErrorKind::Throttled | CloudErrorKind::Unclear);
    match operation {
        // A role that may not be assumed is a matter of credentials, whatever is refused.
        "AssumeRole" if !passes => Some(CloudErrorKind::Credentials),
        // Not every Route 53 knows it, and not every role may ask.
        "GetHostedZoneLimit" => {
            let told = matches!(
                kind,
                CloudErrorKind::Throttled | CloudErrorKind::Busy | CloudErrorKind::Credentials
            );
            told.then_some(kind)
        }
        // Without its cluster there is no service.
        "DescribeServices" if kind == CloudErrorKind::NotFound => None,
        _ => Some(kind),
    }
}

const A_ZONE: &str = "<GetHostedZoneResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZone>\
    <Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>r</CallerReference>\
    </HostedZone></GetHostedZoneResponse>";
const A_GROUP: &str = "<DescribeTargetGroupsResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
    <DescribeTargetGroupsResult><TargetGroups><member><TargetGroupArn>arn:group</TargetGroupArn></member></TargetGroups>\
    </DescribeTargetGroupsResult></DescribeTargetGroupsResponse>";

/// Returns a cloud that answers this call so, and before it what leads to it.
async fn answering(operation: &str, reply: Reply) -> Result<AwsCloud, CloudError> {
    let xml = |body: &str| Reply {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
        body: body.into(),
    };
    let role = (operation == "AssumeRole").then_some("arn:aws:iam::111111111111:role/cutover");
    let operation = operation.to_owned();
    AwsCloud::scripted_in(role, move |path, body| {
        let asks = |action: &str| String::from_utf8_lossy(body).contains(action);
        match operation.as_str() {
            "GetHostedZoneLimit" if !path.contains("/hostedzonelimit/") => xml(A_ZONE),
            "DescribeTargetHealth" if asks("Action=DescribeTargetGroups") => xml(A_GROUP),
            _ => reply.clone(),
        }
    })
    .await
}

fn name(text: &str) -> RecordName {
    text.parse().expect("a name")
}

/// Puts the question that makes this call first.
async fn ask(cloud: &AwsCloud, service: &str, operation: &str) -> Result<(), CloudError> {
    let (zone, api) = (ZoneId("Z1".to_owned()), name("api.example.com"));
    let named = |kind| BalancerName { kind, name: "api".to_owned() };
    let balancer = |arn: Option<&str>| Balancer {
        name: named(BalancerKind::Application),
        dns_name: "api-1.us-west-2.elb.amazonaws.com".to_owned(),
        zone_id: "Z1H1FL5HABSF5".to_owned(),
        dimension: "app/api/1".to_owned(),
        arn: arn.map(str::to_owned),
        internal: false,
    };
    let query = MetricQuery {
        namespace: "AWS/ELB".to_owned(),
        metric: "RequestCount".to_owned(),
        dimensions: std::collections::BTreeMap::new(),
        stat: "Sum".to_owned(),
    };
    let created = [simple(&api, RecordType::A, "192.0.2.1")];
    match (service, operation) {
        ("route53", "ListHostedZonesByName") => cloud.zones_named(&api).await.map(drop),
        ("route53", "GetHostedZone") => cloud.zone(&zone).await.map(drop),
        ("route53", "ListResourceRecordSets") => cloud.records_at(&zone, &[api]).await.map(drop),
        ("route53", "ChangeResourceRecordSets") => {
            cloud.change(&batch(&zone, &[], &created), "").await.map(drop)
        }
        ("route53", "GetChange") => match cloud.change_status(&ChangeId("C1".to_owned())).await? {
            ChangeStatus::Lost => panic!("what is not known to be lost is not"),
            ChangeStatus::Pending | ChangeStatus::InSync => Ok(()),
        },
        ("cloudwatch", "GetMetricData") => {
            cloud.metrics(Account::New, &[query], Minute(0), Minute(9)).await.map(drop)
        }
        ("cloudwatch", "DescribeAlarms") => {
            cloud.alarms(Account::New, &["loud".to_owned()]).await.map(drop)
        }
        ("ecs", "DescribeServices") => {
            cloud.services(Side::New, "main", &["api".to_owned()]).await.map(drop)
        }
        ("ec2", "DescribeVpcPeeringConnections") => {
            cloud.peering(Side::New, "pcx-1").await.map(drop)
        }
        ("elb", "DescribeLoadBalancers") => {
            cloud.balancer(Side::New, &named(BalancerKind::Classic)).await.map(drop)
        }
        ("elb", "DescribeInstanceHealth") => {
            cloud.target_health(Side::New, &balancer(None)).await.map(drop)
        }
        ("elbv2", "DescribeLoadBalancers") => {
            cloud.balancer(Side::New, &named(BalancerKind::Network)).await.map(drop)
        }
        ("route53", "GetHostedZoneLimit") => cloud.zone_details(&zone).await.map(drop),
        ("elbv2", "DescribeTargetGroups" | "DescribeTargetHealth") => {
            cloud.target_health(Side::New, &balancer(Some("arn"))).await.map(drop)
        }
        ("sts", "GetCallerIdentity" | "AssumeRole") => cloud.identity(Account::New).await.map(drop),
        other => panic!("{other:?} is not asked"),
    }
}

/// Writes a refusal as the service writes it.
fn refusal(service: &str, status: u16, code: &str, said: &str) -> Reply {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    if service == "cloudwatch" {
        let shape = format!("com.amazonaws.cloudwatch#{code}");
        let value = cbor!({ "__type" => shape, "message" => said }).expect("it has a form");
        let mut body = Vec::new();
        ciborium::into_writer(&value, &mut body).expect("memory");
        let headers = vec![
            header("content-type", "application/cbor"),
            header("smithy-protocol", "rpc-v2-cbor"),
            header("x-amzn-query-error", &format!("{code};Sender")),
        ];
        return Reply { status, headers, body };
    }
    if service == "ecs" {
        let body = serde_json::json!({ "__type": code, "message": said }).to_string();
        let headers = vec![header("content-type", "application/x-amz-json-1.1")];
        return Reply { status, headers, body: body.into() };
    }
    if service == "ec2" {
        let body = format!(
            "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{said}</Message></Error>\
             </Errors><RequestID>r</RequestID></Response>"
        );
        return Reply {
            status,
            headers: vec![header("content-type", "text/xml")],
            body: body.into(),
        };
    }
    let body = format!(
        "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"urn:x\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{said}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    );
    Reply { status, headers: vec![header("content-type", "text/xml")], body: body.into() }
}

/// Asserts what a failure means and that it says what was asked of what.
async fn means(
    reply: Reply,
    (service, operation): (&str, &str),
    kind: &CloudErrorKind,
    said: &str,
) -> Fallible {
    let cloud = answering(operation, reply.clone()).await?;
    let (asked, kind) = (ask(&cloud, service, operation).await, comes_to(operation, kind.clone()));
    let (error, kind) = match (asked, kind) {
        (Err(error), Some(kind)) => (error, kind),
        (Ok(()), None) => return Ok(()),
        (asked, _) => {
            return Err(format!("{service} {operation}: {asked:?} of {reply:?}").into());
        }
    };
    assert_eq!(error.kind, kind, "{service} {operation}: {error}, of {reply:?}");
    let words = error.to_string();
    let wanted = if operation == "AssumeRole" { "GetCallerIdentity" } else { operation };
    assert!(words.starts_with(&format!("{wanted} of ")), "{words}");
    assert!(words.contains(said) && !error.object.is_empty(), "{words}");
    assert!(!words.contains(char::is_control), "{words:?}");
    Ok(())
}

fn models() -> Result<Vec<Refusal>, Box<dyn std::error::Error>> {
    let python = servers::virtual_environment()?.join("bin/python");
    let output = servers::isolated(&python).args(["-c", MODELS]).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[tokio::test(start_paused = true)]
async fn every_refusal_of_aws_means_what_has_to_be_done_about_it() -> Fallible {
    let mut questions = Vec::new();
    let mut seen = 0;
    for Refusal { service, operation, code, status } in models()? {
        if code.is_empty() {
            questions.push((service, operation));
            continue;
        }
        // That a change is not known is an answer.
        if code == "NoSuchChange" {
            continue;
        }
        let Some(kind) = meaning(&code) else {
            return Err(format!("{service} {operation} may say {code}: what does it mean?").into());
        };
        seen += 1;
        let reply = refusal(&service, status, &code, SAID);
        means(reply, (&service, &operation), &kind, SAID).await?;
    }
    assert!(seen > 15, "the models name {seen} refusals");
    for (service, operation) in &questions {
        for (code, status, kind) in &COMMON {
            let reply = refusal(service, *status, code, SAID);
            means(reply, (service, operation), kind, SAID).await?;
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_of_aws_is_unclear_and_says_so() -> Fallible {
    let header = |value: &str| vec![("content-type".to_owned(), value.to_owned())];
    let html = "<html><head><title>502</title></head><body>bad gateway</body></html>";
    let cut = "<?xml version=\"1.0\"?>\n<ErrorResponse><Error><Type>Sender</Ty";
    let of_proxy = [
        (502, "text/html", html),
        (503, "text/html", ""),
        (500, "text/xml", cut),
        (301, "text/html", "<html>moved</html>"),
        (200, "text/html", html),
        (200, "application/json", "{\"a\":1}"),
        (200, "text/xml", "<?xml version=\"1.0\"?>\n<ListResourceRecordSetsResponse><Res"),
        (200, "text/xml", "\u{0}\u{1b}[2J"),
    ];
    // These answers have something in them without which there is none.
    let questions = [("route53", "ChangeResourceRecordSets"), ("route53", "GetHostedZone")];
    for (status, content_type, body) in of_proxy {
        for question in questions {
            let reply = Reply { status, headers: header(content_type), body: body.into() };
            means(reply, question, &CloudErrorKind::Unclear, "").await?;
        }
    }
    // A proxy's refusal is nobody's who can say what it means: trying again does not help.
    for question in questions {
        let reply = Reply { status: 403, headers: header("text/html"), body: html.into() };
        means(reply, question, &CloudErrorKind::Rejected, "403").await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_hostile_message_of_aws_cannot_drive_a_terminal() -> Fallible {
    let hostile = "one &#10;two &#x9b;2J &#x202e;&lt;b&gt;";
    for (service, operation) in
        [("route53", "ChangeResourceRecordSets"), ("elb", "DescribeLoadBalancers")]
    {
        let reply = refusal(service, 400, "ValidationError", hostile);
        means(reply, (service, operation), &CloudErrorKind::Rejected, "<b>").await?;
    }
    let reply = refusal("cloudwatch", 400, "ValidationError", "one\n\u{1b}[2J\u{9b}\u{0}");
    means(reply, ("cloudwatch", "GetMetricData"), &CloudErrorKind::Rejected, "one").await
}
