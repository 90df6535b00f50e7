//! Requests to the simulator on the wire: the head up to an empty line, and the body, whose length is added to the head.

use std::{
    cell::OnceCell,
    sync::{
        Arc, Mutex, Once, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cutover::{
    rehearse::stage,
    runbook::{Choice, Source, parse},
    sim::{Scenario, Stage, World, wire::serve},
    unit::{SignedDuration, Timestamp},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    time::timeout,
};

use super::RUNBOOK;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Sends a request. The server must answer what is a request, go on with the next one, and not panic.
pub(crate) fn target(bytes: &[u8]) {
    count_panics();
    SERVER.with(|server| {
        let server = server.get_or_init(Server::start);
        server.begin_anew();
        let before = PANICS.load(Ordering::SeqCst);
        let answer = server.send(bytes);
        assert_eq!(PANICS.load(Ordering::SeqCst), before, "the server panicked");
        let fine = server.send(b"GET /2013-04-01/hostedzonecount HTTP/1.1\r\nhost: sim");
        assert!(fine.starts_with(b"HTTP/1.1 200"), "the server is gone after {answer:?}");
    });
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// A task that panics takes nobody with it, so panics have to be counted to be seen.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let former = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            former(panic);
        }));
    });
}

thread_local! {
    static SERVER: OnceCell<Server> = const { OnceCell::new() };
}

struct Server {
    runtime: Runtime,
    address: std::net::SocketAddr,
    world: Arc<Mutex<World>>,
}

impl Server {
    fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let world = Arc::new(Mutex::new(world()));
        let shared = Arc::clone(&world);
        let address = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let now = || start() + SignedDuration::from_mins(30);
            tokio::spawn(serve(listener, shared, 1e9, now, |_| {}));
            address
        });
        Self { runtime, address, world }
    }

    /// Puts a new world in the place of what the last request left.
    fn begin_anew(&self) {
        *self.world.lock().unwrap_or_else(PoisonError::into_inner) = world();
    }

    /// Sends a request and returns all that comes back.
    fn send(&self, bytes: &[u8]) -> Vec<u8> {
        let empty_line = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, body) = match empty_line {
            Some(at) => (&bytes[..at], &bytes[at + 4..]),
            None => (bytes, &b""[..]),
        };
        let length = format!("\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        let request = [head, length.as_bytes(), body].concat();
        self.runtime.block_on(async {
            let mut stream = TcpStream::connect(self.address).await.expect("it listens");
            let mut answer = Vec::new();
            // A server that has seen enough may close before it has read everything.
            let _ = stream.write_all(&request).await;
            // What is no whole request is waited for by the server, and not by this.
            let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
            answer
        })
    }
}

fn start() -> Timestamp {
    "2026-03-03T09:00:00Z".parse().expect("a moment")
}

fn standing() -> Stage {
    let source = Source { path: "runbook.yaml".to_owned(), text: RUNBOOK.into() };
    stage(&[parse(&source, &Choice::default()).expect("it is right")])
}

fn world() -> World {
    let calm = Scenario::builtin("calm").expect("it is built in");
    World::new(standing(), calm, 7, start())
}

/// Returns requests of every service in every protocol.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let zone = standing().zones[0].zone.id.0.clone();
    let signed = "\r\nhost: sim\r\nauthorization: AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/20260303/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0\r\nx-amz-security-token: cutover-sim/role/name/1\r\n\r\n";
    let get = |path: &str| format!("GET /2013-04-01/{path} HTTP/1.1{signed}").into_bytes();
    let post = |path: &str, body: &str| format!("POST {path} HTTP/1.1{signed}{body}").into_bytes();
    let record = |routing: &str| {
        format!(
            "<ResourceRecordSet><Name>api.example.com.</Name><Type>A</Type>{routing}<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        )
    };
    let alias = "<ResourceRecordSet><Name>\\052.example.com.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z1H1FL5HABSF5</HostedZoneId><DNSName>x.example.net.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>";
    let change = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Comment>c</Comment><Changes><Change><Action>UPSERT</Action>{}</Change><Change><Action>CREATE</Action>{alias}</Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
        record("<SetIdentifier>a</SetIdentifier><Weight>95</Weight>")
    );
    let query = "&MetricDataQueries.member.1.Id=m0&MetricDataQueries.member.1.MetricStat.Period=60&MetricDataQueries.member.1.MetricStat.Stat=p99&MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FELB&MetricDataQueries.member.1.MetricStat.Metric.MetricName=Latency&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Name=LoadBalancerName&MetricDataQueries.member.1.MetricStat.Metric.Dimensions.member.1.Value=api-legacy";
    let metrics = format!(
        "Action=GetMetricData&Version=2010-08-01&StartTime=2026-03-03T09:00:00Z&EndTime=2026-03-03T09:10:00Z&ScanBy=TimestampAscending{query}"
    );
    let json = r#"{"MetricDataQueries":[{"Id":"m0","MetricStat":{"Metric":{"Namespace":"AWS/ELB","MetricName":"RequestCount","Dimensions":[{"Name":"LoadBalancerName","Value":"api-legacy"}]},"Period":60,"Stat":"Sum"}}],"StartTime":1772528400,"EndTime":1772529000.5,"MaxDatapoints":100,"NextToken":"3"}"#;
    let tree: serde_json::Value = serde_json::from_str(json).expect("it is right");
    let mut cbor = format!(
        "POST /service/GraniteServiceVersion20100801/operation/GetMetricData HTTP/1.1{signed}"
    )
    .into_bytes();
    ciborium::into_writer(&tree, &mut cbor).expect("memory");
    let target = signed.replace(
        "\r\n\r\n",
        "\r\nx-amz-target: GraniteServiceVersion20100801.GetMetricData\r\n\r\n",
    );
    let form = |action: &str| post("/", &format!("Action={action}"));
    vec![
        get("hostedzonesbyname?dnsname=example.com.&maxitems=100"),
        get(&format!(
            "hostedzone/{zone}/rrset?name=api.example.com.&type=A&identifier=a&maxitems=1"
        )),
        get(&format!("hostedzone/{zone}")),
        get(&format!("hostedzonelimit/{zone}/MAX_RRSETS_BY_ZONE")),
        get(&format!("hostedzone/{zone}/rrsetprotection?maxresults=1&nexttoken=1")),
        get("change/C1"),
        get("tags/hostedzone/Z1"),
        post(&format!("/2013-04-01/hostedzone/{zone}/rrset"), &change),
        post("/", &metrics),
        form(
            "DescribeLoadBalancers&Version=2012-06-01&LoadBalancerNames.member.1=api-legacy&PageSize=1&Marker=x",
        ),
        form("DescribeLoadBalancers&Version=2015-12-01&Names.member.1=api"),
        form("DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=arn"),
        form(
            "AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::123456789012:role/x&RoleSessionName=y&DurationSeconds=900",
        ),
        form(
            "DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=loud&MaxRecords=1&AlarmTypes.member.1=MetricAlarm",
        ),
        format!("POST / HTTP/1.1{target}{json}").into_bytes(),
        cbor,
    ]
}
