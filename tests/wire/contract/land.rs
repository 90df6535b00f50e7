//! Clouds to ask, each with what stands in it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use cutover::{
    cloud::aws::AwsCloud,
    driver::Clock,
    plan::{AlarmState, MetricQuery, Zone, ZoneId},
    sim::{Fault, FaultKind, Scenario, Sides, SimCloud, Stage, Trigger, World},
    unit::{BalancerKind, BalancerName, Minute, RecordName, SignedDuration},
};

use crate::{
    connect,
    servers::Server,
    settings,
    simulator::{
        by_cutover,
        face::{Face, PEERING, ZONE, stage, start},
    },
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// What stands in lands that can be set up: the simulator's. A protected name and type, and the status of the recovery.
pub(super) const GUARDED: (&str, &str) = ("guarded", "A");
pub(super) const RECOVERY: &str = "ENABLED";

/// Returns what stands in the simulator.
fn ground() -> Stage {
    let mut stage = stage();
    for zone in stage.zones.iter_mut().filter(|zone| zone.zone.id.0 == ZONE) {
        let name = format!("{}.example.com", GUARDED.0).parse().expect("a name");
        zone.protected.push((name, GUARDED.1.into()));
        zone.recovery = Some(RECOVERY.to_owned());
    }
    stage
}

/// Returns what happens in the simulator: one alarm says ALARM, and so does the one that is made of it.
fn ringing() -> Scenario {
    let rings = |name: &str| Fault {
        trigger: Trigger::At(SignedDuration::ZERO),
        lasts: None,
        kind: FaultKind::Alarm {
            sides: Sides::New,
            name: name.to_owned(),
            state: AlarmState::Alarm,
        },
    };
    let calm = Scenario::builtin("calm").expect("calm is built in");
    Scenario { faults: vec![rings("loud"), rings("all")], ..calm }
}

/// Minutes of metrics before the first moment at which a land is asked.
const MINUTES: i64 = 30;

/// A cloud, and what stands in it: a zone, a load balancer on each side, and a metric.
pub(super) struct Land<C> {
    pub(super) cloud: C,
    pub(super) zone: Zone,
    /// A classic load balancer of legacy, all of whose targets are healthy.
    pub(super) old: BalancerName,
    /// An application load balancer of new, of the same targets.
    pub(super) new: BalancerName,
    /// Targets behind each.
    pub(super) targets: u32,
    /// A count that has a datapoint in `first` and in the minute after it.
    pub(super) metric: MetricQuery,
    pub(super) first: Minute,
    /// A peering connection whose requester has a route to its accepter.
    pub(super) peering: String,
    time: Time,
}

/// How time passes in a land.
enum Time {
    Virtual(Clock),
    Face(Face),
    Real,
}

impl<C> Land<C> {
    fn new(cloud: C, zone: Zone, time: Time, first: Minute) -> Self {
        let named = |kind, name: &str| BalancerName { kind, name: name.to_owned() };
        let (namespace, metric) = match time {
            Time::Virtual(_) | Time::Face(_) => ("AWS/ELB", "RequestCount"),
            Time::Real => ("Test/ELB", "RequestCount"),
        };
        Self {
            cloud,
            zone,
            old: named(BalancerKind::Classic, "old"),
            new: named(BalancerKind::Application, "new"),
            targets: 3,
            metric: MetricQuery {
                namespace: namespace.to_owned(),
                metric: metric.to_owned(),
                dimensions: BTreeMap::from([("LoadBalancerName".to_owned(), "old".to_owned())]),
                stat: "Sum".to_owned(),
            },
            first,
            peering: PEERING.to_owned(),
            time,
        }
    }

    /// Returns a name in the zone.
    pub(super) fn name(&self, label: &str) -> Result<RecordName> {
        Ok(format!("{label}.{}", self.zone.name).parse()?)
    }

    /// Lets ten seconds pass, or a moment where time is real.
    pub(super) async fn wait(&self) {
        match &self.time {
            Time::Virtual(clock) => {
                clock.sleep_until(clock.now() + SignedDuration::from_secs(10)).await;
            }
            Time::Face(face) => face.pass(10),
            Time::Real => thread::sleep(Duration::from_millis(100)),
        }
    }
}

impl Land<SimCloud> {
    /// The simulator itself; tokio's clock has to be paused.
    pub(super) fn simulated() -> Self {
        let world = World::new(ground(), ringing(), 7, start());
        let clock = Clock::beginning(start() + SignedDuration::from_mins(MINUTES));
        let cloud = SimCloud::new(Arc::new(Mutex::new(world)), move || clock.now());
        Self::new(
            cloud,
            zone(ZONE, "example.com"),
            Time::Virtual(clock),
            Minute::containing(start()),
        )
    }
}

impl Land<AwsCloud> {
    /// The adapter against the simulator on the wire.
    pub(super) async fn served() -> Result<Self> {
        let face = Face::standing(ground(), ringing()).await?;
        face.pass(MINUTES * 60);
        let cloud = by_cutover::connect(&face).await?;
        let first = Minute::containing(start());
        Ok(Self::new(cloud, zone(ZONE, "example.com"), Time::Face(face), first))
    }

    /// The adapter against somebody else's server, with a zone that nobody has used.
    pub(super) async fn foreign(server: &Server, number: usize, first: Minute) -> Result<Self> {
        let name = format!("claim{number}.example.com");
        let made = server.boto3(&format!(
            "made = boto3.client('route53').create_hosted_zone(Name='{name}', CallerReference='{name}')\n\
             print(json.dumps(made['HostedZone']['Id'].split('/')[-1]))"
        ))?;
        let cloud = connect(&settings(server)).await?;
        let id = made.as_str().unwrap_or_default();
        Ok(Self::new(cloud, zone(id, &name), Time::Real, first))
    }
}

fn zone(id: &str, name: &str) -> Zone {
    Zone { id: ZoneId(id.to_owned()), name: name.parse().expect("a name"), private: false }
}

/// Returns the minute of lands that have no metrics.
pub(super) fn nowhen() -> Minute {
    Minute::containing(start())
}

/// Puts a metric in a server; returns its first minute.
pub(super) fn metrics_on(server: &Server) -> Result<Minute> {
    let first = server.boto3(
        "
import datetime, time
minute = int(time.time()) // 60 - 10
at = lambda m: datetime.datetime.fromtimestamp(m * 60, datetime.timezone.utc)
lb = [{'Name': 'LoadBalancerName', 'Value': 'old'}]
boto3.client('cloudwatch').put_metric_data(Namespace='Test/ELB', MetricData=[
    {'MetricName': 'RequestCount', 'Dimensions': lb, 'Timestamp': at(minute + i), 'Value': 10.0} for i in range(3)])
print(json.dumps(minute))
",
    )?;
    Ok(Minute(first.as_i64().ok_or("no minute")?))
}

/// Puts three alarms in a server: one that says OK, one that says ALARM, and one that is made of that one.
pub(super) fn alarms_on(server: &Server) -> Result<()> {
    server.boto3(
        "
cloudwatch = boto3.client('cloudwatch')
for name in ('quiet', 'loud'):
    cloudwatch.put_metric_alarm(AlarmName=name, Namespace='Test', MetricName=name, Statistic='Sum', Period=60,
        EvaluationPeriods=1, Threshold=1.0, ComparisonOperator='GreaterThanThreshold', TreatMissingData='ignore')
cloudwatch.put_composite_alarm(AlarmName='all', AlarmRule='ALARM(loud)')
cloudwatch.set_alarm_state(AlarmName='quiet', StateValue='OK', StateReason='a test')
cloudwatch.set_alarm_state(AlarmName='loud', StateValue='ALARM', StateReason='a test')
print('null')
",
    )?;
    Ok(())
}

/// Puts an ECS service in a server.
pub(super) fn services_on(server: &Server) -> Result<()> {
    server.boto3(
        "
ecs = boto3.client('ecs')
ecs.create_cluster(clusterName='main')
ecs.register_task_definition(family='api', containerDefinitions=[{'name': 'api', 'image': 'api', 'memory': 64}])
ecs.create_service(cluster='main', serviceName='api', taskDefinition='api', desiredCount=3)
print('null')
",
    )?;
    Ok(())
}

/// Puts a peering connection in a server, with a route there; returns its id.
pub(super) fn peering_on(server: &Server) -> Result<String> {
    let id = server.boto3(
        "
ec2 = boto3.client('ec2')
ours, theirs = [ec2.create_vpc(CidrBlock=f'10.{n}.0.0/16')['Vpc']['VpcId'] for n in (1, 2)]
peering = ec2.create_vpc_peering_connection(VpcId=ours, PeerVpcId=theirs)['VpcPeeringConnection']
peering = peering['VpcPeeringConnectionId']
ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
table = ec2.create_route_table(VpcId=ours)['RouteTable']['RouteTableId']
ec2.create_route(RouteTableId=table, DestinationCidrBlock='10.2.0.0/16', VpcPeeringConnectionId=peering)
print(json.dumps(peering))
",
    )?;
    Ok(id.as_str().ok_or("no id")?.to_owned())
}

/// Puts the load balancers and their targets in a server.
pub(super) fn balancers_on(server: &Server) -> Result<()> {
    server.boto3(
        "
ec2 = boto3.client('ec2')
image = ec2.describe_images()['Images'][0]['ImageId']
ids = [i['InstanceId'] for i in ec2.run_instances(ImageId=image, MinCount=3, MaxCount=3)['Instances']]
elb = boto3.client('elb')
elb.create_load_balancer(LoadBalancerName='old', AvailabilityZones=['us-east-1a'],
    Listeners=[{'Protocol': 'http', 'LoadBalancerPort': 80, 'InstancePort': 80}])
elb.register_instances_with_load_balancer(LoadBalancerName='old', Instances=[{'InstanceId': i} for i in ids])
v2 = boto3.client('elbv2')
subnets = [s['SubnetId'] for s in ec2.describe_subnets()['Subnets']][:2]
vpc = ec2.describe_vpcs()['Vpcs'][0]['VpcId']
lb = v2.create_load_balancer(Name='new', Subnets=subnets, Type='application')['LoadBalancers'][0]['LoadBalancerArn']
# It has no defaults of these.
v2.modify_load_balancer_attributes(LoadBalancerArn=lb, Attributes=[
    {'Key': 'client_keep_alive.seconds', 'Value': '3600'}, {'Key': 'idle_timeout.timeout_seconds', 'Value': '60'}])
group = v2.create_target_group(Name='g', Protocol='HTTP', Port=80, VpcId=vpc)['TargetGroups'][0]['TargetGroupArn']
v2.register_targets(TargetGroupArn=group, Targets=[{'Id': i} for i in ids])
v2.create_listener(LoadBalancerArn=lb, Protocol='HTTP', Port=80,
    DefaultActions=[{'Type': 'forward', 'TargetGroupArn': group}])
print('null')
",
    )?;
    Ok(())
}
