"""Talks to the simulator as a script would. Prints one line for each claim that held."""

import datetime

import boto3
from botocore.exceptions import ClientError

ZONE = "Z0PUBLIC"
NAME = "www.example.com."
START = datetime.datetime.fromtimestamp(4_102_444_800, datetime.timezone.utc)


def session(account):
    credentials = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/Cutover", RoleSessionName="boto3"
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def member(set_identifier, weight, balancer):
    return {
        "Name": NAME,
        "Type": "A",
        "SetIdentifier": set_identifier,
        "Weight": weight,
        "AliasTarget": {
            "HostedZoneId": "Z1H1FL5HABSF5",
            "DNSName": f"{balancer}-1.us-west-2.elb.amazonaws.com.",
            "EvaluateTargetHealth": True,
        },
    }


def change(route53, *changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": set} for action, set in changes]}
    return route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch=batch)


def code_of(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError("it was not refused")


def records_are_paged_and_upserted():
    route53 = boto3.client("route53")
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=ZONE)
    sets = [set for page in pages for set in page["ResourceRecordSets"]]
    assert len(sets) == 352, len(sets)
    pair = [set for set in sets if set["Name"] == NAME]
    assert pair == [member("legacy", 100, "old"), member("new", 0, "new")], pair
    info = change(route53, ("UPSERT", member("new", 10, "new")))["ChangeInfo"]
    assert info["Status"] == "PENDING"
    assert route53.get_change(Id=info["Id"])["ChangeInfo"]["Id"] == info["Id"]
    listed = route53.list_resource_record_sets(
        HostedZoneId=ZONE, StartRecordName=NAME, StartRecordType="A", StartRecordIdentifier="new"
    )["ResourceRecordSets"]
    assert listed == [member("new", 10, "new")], listed


def a_refused_batch_says_why():
    route53 = boto3.client("route53")
    code, message = code_of(
        lambda: change(
            route53,
            ("DELETE", member("new", 77, "new")),
            ("CREATE", member("legacy", 100, "old")),
        )
    )
    assert code == "InvalidChangeBatch", code
    assert "values provided do not match" in message and "already exists" in message, message


def zones_are_found_by_name():
    route53 = boto3.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
    assert [zone["Config"]["PrivateZone"] for zone in zones] == [False, True]
    assert len(route53.get_hosted_zone(Id=ZONE)["DelegationSet"]["NameServers"]) == 4
    assert len(list(route53.get_paginator("list_hosted_zones").paginate())[0]["HostedZones"]) == 2


def callers_are_known():
    assert boto3.client("sts").get_caller_identity()["Account"] == "111111111111"
    assert session("333333333333").client("sts").get_caller_identity()["Arn"].endswith("Cutover/boto3")


def balancers_are_described():
    elb = session("222222222222").client("elb")
    old = elb.describe_load_balancers(LoadBalancerNames=["old"])["LoadBalancerDescriptions"][0]
    assert old["CanonicalHostedZoneNameID"] == "Z1H1FL5HABSF5" and old["Scheme"] == "internet-facing"
    states = elb.describe_instance_health(LoadBalancerName="old")["InstanceStates"]
    assert [state["State"] for state in states] == ["InService"] * 3
    code, _ = code_of(lambda: elb.describe_load_balancers(LoadBalancerNames=["none"]))
    assert code == "LoadBalancerNotFound", code
    elbv2 = session("333333333333").client("elbv2")
    new = elbv2.describe_load_balancers(Names=["new"])["LoadBalancers"][0]
    group = elbv2.describe_target_groups(LoadBalancerArn=new["LoadBalancerArn"])["TargetGroups"][0]
    health = elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
    states = [target["TargetHealth"]["State"] for target in health["TargetHealthDescriptions"]]
    assert states == ["healthy"] * 3, states


def metrics_are_answered():
    cloudwatch = session("222222222222").client("cloudwatch")
    metric = {
        "Namespace": "AWS/ELB",
        "MetricName": "RequestCount",
        "Dimensions": [{"Name": "LoadBalancerName", "Value": "old"}],
    }
    window = {"StartTime": START, "EndTime": START + datetime.timedelta(minutes=10)}
    query = {"Id": "requests", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
    result = cloudwatch.get_metric_data(MetricDataQueries=[query], **window)["MetricDataResults"][0]
    assert result["StatusCode"] == "Complete" and len(result["Values"]) == 10, result
    assert result["Timestamps"][-1] == START and result["Timestamps"][0] > START, result
    points = cloudwatch.get_metric_statistics(**metric, **window, Period=120, Statistics=["Sum"])
    assert len(points["Datapoints"]) == 5, points
    assert sum(point["Sum"] for point in points["Datapoints"]) == sum(result["Values"]), points
    query["MetricStat"]["Period"] = 61
    code, message = code_of(lambda: cloudwatch.get_metric_data(MetricDataQueries=[query], **window))
    assert (code, "61" in message) == ("ValidationError", True), (code, message)


def alarms_are_described():
    cloudwatch = session("333333333333").client("cloudwatch")
    asked = cloudwatch.describe_alarms(AlarmNames=["quiet", "all", "none"])
    assert [alarm["AlarmName"] for alarm in asked["MetricAlarms"]] == ["quiet"], asked
    assert asked["CompositeAlarms"] == [], "without its type a composite alarm is left out"
    kinds = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    pages = cloudwatch.get_paginator("describe_alarms").paginate(**kinds, PaginationConfig={"PageSize": 1})
    pages = [(page["MetricAlarms"], page["CompositeAlarms"]) for page in pages]
    names = [[alarm["AlarmName"] for alarm in sum(page, [])] for page in pages]
    assert names == [["all"], ["loud"], ["quiet"]], names
    quiet = pages[2][0][0]
    assert (quiet["StateValue"], quiet["StateTransitionedTimestamp"]) == ("OK", START), quiet
    assert cloudwatch.describe_alarms(StateValue="ALARM", **kinds)["CompositeAlarms"] == []
    assert len(cloudwatch.describe_alarms(AlarmNamePrefix="lo")["MetricAlarms"]) == 1
    code, message = code_of(lambda: cloudwatch.describe_alarms(ParentsOfAlarmName="loud"))
    assert (code, "ParentsOfAlarmName" in message) == ("ValidationError", True), (code, message)


for claim in [
    records_are_paged_and_upserted,
    a_refused_batch_says_why,
    zones_are_found_by_name,
    callers_are_known,
    balancers_are_described,
    metrics_are_answered,
    alarms_are_described,
]:
    claim()
    print(claim.__name__)
