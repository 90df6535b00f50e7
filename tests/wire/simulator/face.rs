//! A small invented AWS behind a free port of the loopback interface, and clients for it.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_route53::config::{Credentials, SharedCredentialsProvider};
use cutover::{
    cloud::Balancer,
    plan::{Answer, PeeringEnd, RecordSet, Routing, Zone, ZoneId},
    sim::{
        Policies, Scenario, Service, Stage, StageAlarm, StageBalancer, StagePeering, StageService,
        StageZone, World,
        wire::{Call, serve},
    },
    unit::{
        Account, BalancerKind, BalancerName, RecordType, Side, SignedDuration, Timestamp, Ttl,
        Weight,
    },
};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) type TestResult = Result<(), Box<dyn std::error::Error>>;

pub(crate) const DNS: &str = "111111111111";
pub(crate) const LEGACY: &str = "222222222222";
pub(crate) const NEW: &str = "333333333333";
/// A peering connection of both sides.
pub(crate) const PEERING: &str = "pcx-0123456789abcdef0";
pub(crate) const ZONE: &str = "Z0PUBLIC";
/// How many simple records stand in the zone beside the weighted pair: more than a page.
pub(crate) const SIMPLE_RECORDS: usize = 350;

/// The world's time: a second passes with every call.
struct Clock {
    seconds: AtomicI64,
    step: AtomicI64,
}

impl Clock {
    fn next(&self) -> Timestamp {
        let step = self.step.load(Ordering::Relaxed);
        start() + SignedDuration::from_secs(self.seconds.fetch_add(step, Ordering::Relaxed))
    }
}

/// A served world.
pub(crate) struct Face {
    pub(crate) address: SocketAddr,
    /// Every call so far.
    pub(crate) calls: Arc<Mutex<Vec<Call>>>,
    clock: Arc<Clock>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for Face {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Face {
    /// Serves a world in which nothing goes wrong.
    pub(crate) async fn calm() -> std::io::Result<Self> {
        Self::of(Scenario::builtin("calm").expect("calm is built in")).await
    }

    /// Serves a world of this scenario.
    pub(crate) async fn of(scenario: Scenario) -> std::io::Result<Self> {
        Self::standing(stage(), scenario).await
    }

    /// Serves a world in which this stands and nothing goes wrong.
    pub(crate) async fn with(stage: Stage) -> std::io::Result<Self> {
        Self::standing(stage, Scenario::builtin("calm").expect("calm is built in")).await
    }

    /// Serves a world in which this stands and this happens.
    pub(crate) async fn standing(stage: Stage, scenario: Scenario) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let world = Arc::new(Mutex::new(World::new(stage, scenario, 7, start())));
        let clock = Arc::new(Clock { seconds: AtomicI64::new(0), step: AtomicI64::new(1) });
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (time, log) = (Arc::clone(&clock), Arc::clone(&calls));
        let server = tokio::spawn(serve(
            listener,
            world,
            // So fast that the latencies of the world do not matter.
            1e6,
            move || time.next(),
            move |call: &Call| {
                if let Ok(mut log) = log.lock() {
                    log.push(call.clone());
                }
            },
        ));
        Ok(Self { address, calls, clock, server })
    }

    /// Lets this many seconds of the world pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Lets no time pass between calls any more.
    pub(crate) fn stop_the_clock(&self) {
        self.clock.step.store(0, Ordering::Relaxed);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns what the SDK needs to call as this account, without retries.
    pub(crate) fn as_account(&self, account: &str) -> SdkConfig {
        self.with_credentials(Credentials::new(
            format!("AKIA{account}TEST"),
            "secret",
            None,
            None,
            "test",
        ))
    }

    pub(crate) fn with_credentials(&self, credentials: Credentials) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(self.url())
            .region(Region::new("us-west-2"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .build()
    }
}

/// When every world begins: so late that no client takes the credentials of an assumed role for expired.
pub(crate) fn start() -> Timestamp {
    Timestamp::constant(4_102_444_800, 0)
}

/// Two zones, a weighted pair between two load balancers, and users who ask for it.
pub(crate) fn stage() -> Stage {
    let simple = |n: usize| RecordSet {
        name: format!("n{n:03}.example.com").parse().expect("a name"),
        kind: RecordType::A,
        routing: Routing::Simple,
        answer: Answer::Values { ttl: Ttl(300), values: vec![format!("192.0.2.{}", n % 256)] },
        health_check: None,
    };
    let mut records: Vec<RecordSet> = (0..SIMPLE_RECORDS).map(simple).collect();
    records.extend([member("legacy", 100, &old()), member("new", 0, &new())]);
    let zone = |id: &str, private, records| {
        let name = "example.com".parse().expect("a name");
        StageZone::new(DNS.to_owned(), Zone { id: ZoneId(id.to_owned()), name, private }, records)
    };
    let balancer = |account: &str, side, balancer| StageBalancer {
        account: account.to_owned(),
        side,
        balancer,
        targets: 3,
    };
    Stage {
        reserved: BTreeMap::new(),
        accounts: BTreeMap::from([
            (Account::Dns, DNS.to_owned()),
            (Account::Legacy, LEGACY.to_owned()),
            (Account::New, NEW.to_owned()),
        ]),
        roles: BTreeMap::new(),
        policies: Policies::default(),
        region: "us-west-2".to_owned(),
        zones: vec![zone(ZONE, false, records), zone("Z1PRIVATE", true, Vec::new())],
        balancers: vec![balancer(LEGACY, Side::Legacy, old()), balancer(NEW, Side::New, new())],
        series: Vec::new(),
        alarms: [("quiet", false), ("loud", false), ("all", true)].map(alarm).into(),
        ecs: vec![service()],
        peerings: vec![peering()],
        hosts: BTreeMap::new(),
        services: vec![Service {
            name: "www.example.com".parse().expect("a name"),
            kind: RecordType::A,
            zone: ZoneId(ZONE.to_owned()),
            part: 1.0,
        }],
    }
}

/// A peering connection of both sides.
fn peering() -> StagePeering {
    let end = |account: &str, number: u8| PeeringEnd {
        account: account.to_owned(),
        vpc: format!("vpc-{number}"),
        region: Some("us-west-2".to_owned()),
        ranges: vec![format!("10.{number}.0.0/16")],
    };
    let (id, status) = (PEERING.to_owned(), "active".to_owned());
    StagePeering { id, status, ends: [end(NEW, 1), end(LEGACY, 2)] }
}

/// A service of new.
fn service() -> StageService {
    let (cluster, service) = ("main".to_owned(), "api".to_owned());
    StageService { account: NEW.to_owned(), side: Side::New, cluster, service, tasks: 3 }
}

/// An alarm of new that says OK; this one, and whether it is made of others.
fn alarm((name, composite): (&str, bool)) -> StageAlarm {
    let (account, name) = (NEW.to_owned(), name.to_owned());
    StageAlarm { account, side: Side::New, name, composite }
}

fn member(set_identifier: &str, weight: u8, to: &Balancer) -> RecordSet {
    RecordSet {
        name: "www.example.com".parse().expect("a name"),
        kind: RecordType::A,
        routing: Routing::Weighted {
            set_identifier: set_identifier.to_owned(),
            weight: Weight(weight),
        },
        answer: Answer::Alias {
            dns_name: format!("{}.", to.dns_name),
            zone_id: to.zone_id.clone(),
            evaluate_target_health: true,
        },
        health_check: None,
    }
}

fn old() -> Balancer {
    Balancer {
        name: BalancerName { kind: BalancerKind::Classic, name: "old".to_owned() },
        dns_name: "old-1.us-west-2.elb.amazonaws.com".to_owned(),
        zone_id: "Z1H1FL5HABSF5".to_owned(),
        dimension: "old".to_owned(),
        arn: None,
        internal: false,
    }
}

fn new() -> Balancer {
    let arn = format!(
        "arn:aws:elasticloadbalancing:us-west-2:{NEW}:loadbalancer/app/new/50dc6c495c0c9188"
    );
    Balancer {
        name: BalancerName { kind: BalancerKind::Application, name: "new".to_owned() },
        dns_name: "new-1.us-west-2.elb.amazonaws.com".to_owned(),
        zone_id: "Z1H1FL5HABSF5".to_owned(),
        dimension: "app/new/50dc6c495c0c9188".to_owned(),
        arn: Some(arn),
        internal: false,
    }
}
