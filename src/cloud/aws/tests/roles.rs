//! Roles: how they are assumed, and what it means when they cannot be.

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};

use super::*;
use crate::unit::Timestamp;

pub(super) const ASSUMED: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
    <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser>\
    <Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

async fn with_role(server: &Server) -> AwsCloud {
    let access = Access {
        role: Some("arn:aws:iam::111111111111:role/cutover".to_owned()),
        external_id: Some("outside".to_owned()),
        ..Access::default()
    };
    let settings = Settings {
        accesses: Account::ALL.into_iter().map(|account| (account, access.clone())).collect(),
        session_name: "cutover-api-20261123T021400Z-9f3a".to_owned(),
        endpoint_url: Some(server.url()),
        ..Settings::default()
    };
    AwsCloud::connect_with_keys(&settings, "AKIDEXAMPLE", "secret").await.unwrap()
}

#[tokio::test]
async fn a_role_is_assumed_once_for_all_accounts_that_share_it() {
    let change = || Reply::ok(answers::get_change("INSYNC"));
    let server = Server::start([Reply::ok(ASSUMED), change(), change(), Reply::new(400, "")]).await;
    let cloud = with_role(&server).await;
    let id = ChangeId("C1".to_owned());
    cloud.change_status(&id).await.unwrap();
    cloud.change_status(&id).await.unwrap();
    let _ = cloud.metrics(Account::New, &[], Minute(0), Minute(1)).await;
    let balancer = BalancerName { kind: BalancerKind::Classic, name: "api".to_owned() };
    cloud.balancer(Side::New, &balancer).await.unwrap_err();
    let bodies = server.bodies();
    let asked = &bodies[0];
    for part in [
        "Action=AssumeRole",
        "RoleSessionName=cutover-api-20261123T021400Z-9f3a",
        "ExternalId=outside",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111111111111%3Arole%2Fcutover",
    ] {
        assert!(asked.contains(part), "{part} is not in {asked}");
    }
    assert_eq!(bodies.iter().filter(|body| body.contains("AssumeRole")).count(), 1);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_a_matter_of_credentials() {
    let message = "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole";
    let server = Server::start([Reply::new(403, answers::error("AccessDenied", message))]).await;
    let error = with_role(&server).await.zone(&zone()).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Credentials);
    assert_eq!(error.code.as_deref(), Some("AccessDenied"));
    assert!(
        error.message.contains("could not be assumed") && error.message.contains(message),
        "{error}"
    );
    assert_eq!(error.operation, "GetHostedZone");
}

#[tokio::test]
async fn an_sts_that_is_down_passes_by_itself() {
    let server = Server::start(std::iter::repeat_n(Reply::new(503, "down"), 20)).await;
    let error = with_role(&server).await.change(&batch(), "").await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Unclear, "{error}");
    assert!(
        server.bodies().iter().all(|body| body.contains("AssumeRole")),
        "the batch was not sent"
    );
}

pub(super) const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/r/s</Arn><UserId>A</UserId>\
    <Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

#[tokio::test]
async fn an_identity_is_what_sts_answers() {
    let server = Server::start([Reply::ok(CALLER)]).await;
    let identity = cloud(&server).await.identity(Account::Legacy).await.unwrap();
    assert_eq!(identity.account, "111111111111");
    assert_eq!(identity.arn, "arn:aws:sts::111111111111:assumed-role/r/s");
    assert_eq!(identity.expires, None);
}

#[tokio::test]
async fn credentials_end_when_those_that_were_configured_end() {
    let ends: Timestamp = "2098-01-01T00:00:00Z".parse().unwrap();
    let base = Credentials::new("a", "b", None, Some(ends.into()), "test");
    let base = Base::Keys(SharedCredentialsProvider::new(base));
    let role = Access { role: Some("arn:aws:iam::1:role/r".to_owned()), ..Access::default() };
    let server = Server::start([Reply::ok(ASSUMED), Reply::ok(CALLER)]).await;
    let settings = Settings {
        accesses: [(Account::New, role)].into(),
        endpoint_url: Some(server.url()),
        ..Settings::default()
    };
    let cloud = AwsCloud::open(&settings, base, Timeouts::default(), http::client()).await.unwrap();
    assert_eq!(cloud.identity(Account::New).await.unwrap().expires, Some(ends));
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_named_and_nothing_is_sent() {
    let server = Server::start([]).await;
    let settings = Settings {
        endpoint_url: Some(server.url()),
        profile: Some("cutover-no-such-profile".to_owned()),
        ..Settings::default()
    };
    let error = AwsCloud::connect(&settings).await.unwrap().zone(&zone()).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Credentials, "{error}");
    assert!(error.message.contains("cutover-no-such-profile"), "{error}");
    assert_eq!(server.paths(), Vec::<String>::new());
}

/// Credentials of a tool that fails.
#[derive(Debug)]
struct Broken;

impl ProvideCredentials for Broken {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error("the tool failed")))
    }
}

#[tokio::test]
async fn a_role_without_credentials_to_assume_it_with_does_not_pass_by_itself() {
    let server = Server::start([]).await;
    let role = Access { role: Some("arn:aws:iam::1:role/r".to_owned()), ..Access::default() };
    let settings = Settings {
        accesses: [(Account::Dns, role)].into(),
        endpoint_url: Some(server.url()),
        ..Settings::default()
    };
    let base = Base::Keys(SharedCredentialsProvider::new(Broken));
    let cloud = AwsCloud::open(&settings, base, Timeouts::default(), http::client()).await.unwrap();
    let error = cloud.zone(&zone()).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Credentials, "{error}");
    assert!(error.message.contains("the tool failed"), "{error}");
    assert_eq!(server.paths(), Vec::<String>::new());
}
