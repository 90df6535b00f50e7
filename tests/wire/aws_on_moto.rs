//! Zones, records, load balancers and roles, against moto.

use cutover::{
    cloud::{
        ChangeStatus, Cloud, CloudErrorKind, TargetHealth,
        aws::{Access, AwsCloud, Mfa},
    },
    plan::ZoneId,
    unit::{Account, BalancerKind, BalancerName, RecordName, RecordType, Side, Timestamp},
};

use crate::{Fallible, alias, batch, connect, servers::Server, settings, simple, sorted, weighted};

const ZONES: &str = "
r = boto3.client('route53')
public = r.create_hosted_zone(Name='example.com', CallerReference='1')['HostedZone']['Id']
private = r.create_hosted_zone(Name='example.com', CallerReference='2', HostedZoneConfig={'PrivateZone': True},
    VPC={'VPCRegion': 'us-east-1', 'VPCId': 'vpc-1'})['HostedZone']['Id']
r.create_hosted_zone(Name='example.net', CallerReference='3')
r.create_hosted_zone(Name='sub.example.com', CallerReference='4')
print(json.dumps([public.split('/')[-1], private.split('/')[-1]]))
";

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn zones_are_found_by_name_and_by_id() -> Fallible {
    let server = Server::moto()?;
    let ids = server.boto3(ZONES)?;
    let cloud = connect(&settings(&server)).await?;
    let mut zones = cloud.zones_named(&"Example.com.".parse()?).await?;
    zones.sort_by_key(|zone| zone.private);
    let found: Vec<_> = zones.iter().map(|zone| (zone.id.0.clone(), zone.private)).collect();
    assert_eq!(found, [(text(&ids[0]), false), (text(&ids[1]), true)]);
    assert_eq!(cloud.zone(&zones[1].id).await?, zones[1]);
    let error = cloud.zone(&ZoneId("ZNOSUCHZONE".to_owned())).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::NotFound, "{error}");
    assert_eq!(cloud.zones_named(&"example.org".parse()?).await?, []);
    Ok(())
}

#[tokio::test]
async fn records_come_back_as_they_were_written() -> Fallible {
    let server = Server::moto()?;
    let zone = ZoneId(text(&server.boto3(ZONES)?[0]));
    let cloud = connect(&settings(&server)).await?;
    let name = |label: &str| format!("{label}.example.com").parse::<RecordName>();
    let written = [
        weighted(&name("api")?, "cutover:api:legacy", 100),
        weighted(&name("api")?, "cutover:api:new", 0),
        alias(&name("*.wild")?, "api-1.us-east-1.elb.amazonaws.com."),
        simple(&name("events")?, RecordType::Cname, "events.example.net."),
        simple(&name("_cutover-lock")?, RecordType::Txt, "\"v=1 run=x\""),
    ];
    let id = cloud.change(&batch(&zone, &[], &written), "run x, step 1").await?;
    assert_eq!(cloud.change_status(&id).await?, ChangeStatus::InSync);
    let names = [name("api")?, name("*.wild")?, name("events")?, name("_cutover-lock")?];
    let listed = cloud.records_at(&zone, &names).await?;
    assert_eq!(sorted(listed), sorted(written.to_vec()));
    assert_eq!(cloud.records_at(&zone, &[name("nothing")?]).await?, []);
    Ok(())
}

const BALANCERS: &str = "
ec2 = boto3.client('ec2')
image = ec2.describe_images()['Images'][0]['ImageId']
ids = [i['InstanceId'] for i in ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)['Instances']]
subnets = [s['SubnetId'] for s in ec2.describe_subnets()['Subnets']][:2]
vpc = ec2.describe_vpcs()['Vpcs'][0]['VpcId']
elb = boto3.client('elb')
elb.create_load_balancer(LoadBalancerName='old-api', AvailabilityZones=['us-east-1a'],
    Listeners=[{'Protocol': 'http', 'LoadBalancerPort': 80, 'InstancePort': 80}])
elb.register_instances_with_load_balancer(LoadBalancerName='old-api', Instances=[{'InstanceId': i} for i in ids])
v2 = boto3.client('elbv2')
arns = {}
for kind, name, scheme in (('application', 'api', 'internet-facing'), ('network', 'tcp', 'internal')):
    lb = v2.create_load_balancer(Name=name, Subnets=subnets, Type=kind, Scheme=scheme)['LoadBalancers'][0]
    arns[kind] = lb['LoadBalancerArn']
for name, kind, protocol, targets in (('full', 'application', 'HTTP', ids), ('empty', 'network', 'TCP', [])):
    group = v2.create_target_group(Name=name, Protocol=protocol, Port=80, VpcId=vpc)['TargetGroups'][0]['TargetGroupArn']
    if targets:
        v2.register_targets(TargetGroupArn=group, Targets=[{'Id': i} for i in targets])
    v2.create_listener(LoadBalancerArn=arns[kind], Protocol=protocol, Port=80,
        DefaultActions=[{'Type': 'forward', 'TargetGroupArn': group}])
print(json.dumps(arns))
";

#[tokio::test]
async fn load_balancers_of_all_kinds_are_found_with_what_aliases_and_metrics_need() -> Fallible {
    let server = Server::moto()?;
    let arns = server.boto3(BALANCERS)?;
    let cloud = connect(&settings(&server)).await?;
    let named = |kind, name: &str| BalancerName { kind, name: name.to_owned() };

    let classic = cloud.balancer(Side::Legacy, &named(BalancerKind::Classic, "old-api")).await?;
    assert_eq!(
        (classic.dimension.as_str(), classic.dimension_name()),
        ("old-api", "LoadBalancerName")
    );
    assert_eq!(classic.zone_id, "Z35SXDOTRQ7X7K");
    assert!(classic.dns_name.ends_with(".us-east-1.elb.amazonaws.com"), "{classic:?}");
    let health = cloud.target_health(Side::Legacy, &classic).await?;
    assert_eq!(health, TargetHealth { healthy: 2, registered: 2 });

    let api = cloud.balancer(Side::New, &named(BalancerKind::Application, "api")).await?;
    assert_eq!(api.arn.as_deref(), arns["application"].as_str());
    assert!(api.dimension.starts_with("app/api/"), "{api:?}");
    assert!(!api.internal && !api.zone_id.is_empty(), "{api:?}");
    let health = cloud.target_health(Side::New, &api).await?;
    assert_eq!(health, TargetHealth { healthy: 2, registered: 2 });

    let tcp = cloud.balancer(Side::New, &named(BalancerKind::Network, "tcp")).await?;
    assert!(tcp.internal, "{tcp:?}");
    assert_eq!(cloud.target_health(Side::New, &tcp).await?, TargetHealth::default());
    Ok(())
}

#[tokio::test]
async fn a_load_balancer_that_is_not_there_or_of_another_kind_is_not_found() -> Fallible {
    let server = Server::moto()?;
    server.boto3(BALANCERS)?;
    let cloud = connect(&settings(&server)).await?;
    for (kind, name, says) in [
        (BalancerKind::Classic, "nothing", ""),
        (BalancerKind::Application, "nothing", ""),
        (BalancerKind::Application, "tcp", "of the type network"),
    ] {
        let name = BalancerName { kind, name: name.to_owned() };
        let error = cloud.balancer(Side::New, &name).await.unwrap_err();
        assert_eq!(error.kind, CloudErrorKind::NotFound, "{error:?}");
        assert_eq!(error.object, format!("load balancer {name}"));
        assert!(error.message.contains(says), "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_role_acts_in_its_own_account_under_the_run_s_name() -> Fallible {
    let server = Server::moto()?;
    server.boto3(ZONES)?;
    let role = Access {
        role: Some("arn:aws:iam::222222222222:role/cutover".to_owned()),
        external_id: Some("outside".to_owned()),
        ..Access::default()
    };
    let mut settings = settings(&server);
    settings.accesses.insert(Account::New, role);
    let cloud = connect(&settings).await?;
    let identity = cloud.identity(Account::New).await?;
    assert_eq!(identity.account, "222222222222");
    assert!(
        identity.arn.ends_with("assumed-role/cutover/cutover-api-20261123T021400Z-9f3a"),
        "{identity:?}"
    );
    assert_eq!(cloud.identity(Account::Dns).await?.account, "123456789012");
    Ok(())
}

#[tokio::test]
async fn a_role_is_assumed_from_a_session_that_a_code_began() -> Fallible {
    let server = Server::moto()?;
    let user = server.boto3(
        "iam = boto3.client('iam')
iam.create_user(UserName='alice')
print(json.dumps(iam.create_access_key(UserName='alice')['AccessKey'], default=str))",
    )?;
    let folder = tempfile::tempdir()?;
    let access = Access {
        role: Some("arn:aws:iam::222222222222:role/cutover".to_owned()),
        mfa_serial: Some("arn:aws:iam::123456789012:mfa/alice".to_owned()),
        ..Access::default()
    };
    let mut settings = settings(&server);
    settings.accesses.insert(Account::Dns, access);
    settings.mfa = Mfa {
        accounts: [Account::Dns].into(),
        code: Some("123456".to_owned()),
        kept_in: Some(folder.path().to_owned()),
        ..Mfa::default()
    };
    let (key, secret) = (text(&user["AccessKeyId"]), text(&user["SecretAccessKey"]));
    let cloud = AwsCloud::connect_with_keys(&settings, &key, &secret).await?;
    let identity = cloud.identity(Account::Dns).await?;
    assert_eq!(identity.account, "222222222222");
    assert!(identity.arn.contains(":assumed-role/cutover/"), "{identity:?}");
    let ends = identity.expires.ok_or("the session has no end")?;
    // moto ends a session after as long as it was asked for; what is kept says the same.
    let kept = std::fs::read_dir(folder.path())?.next().ok_or("nothing was kept")??;
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(kept.path())?)?;
    assert_eq!(text(&kept["Credentials"]["Expiration"]).parse::<Timestamp>()?, ends);
    Ok(())
}
