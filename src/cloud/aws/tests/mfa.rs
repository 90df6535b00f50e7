//! MFA: what is asked of STS, how often, and what becomes of the session.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;
use crate::unit::{SignedDuration, Timestamp};

const DEVICE: &str = "arn:aws:iam::999999999999:mfa/alice";

fn now() -> Timestamp {
    "2098-01-01T00:00:00Z".parse().unwrap()
}

fn session(ends: &str) -> Reply {
    Reply::ok(format!(
        "<GetSessionTokenResponse><GetSessionTokenResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId>\
         <SecretAccessKey>secret</SecretAccessKey><SessionToken>session-token</SessionToken><Expiration>{ends}</Expiration>\
         </Credentials></GetSessionTokenResult></GetSessionTokenResponse>"
    ))
}

const ENDS: &str = "2098-01-01T12:00:00Z";

/// Every account has a role of its own, behind one device.
fn settings(server: &Server, kept_in: Option<&Path>, asked: &Arc<AtomicUsize>) -> Settings {
    let access = |account: Account| Access {
        role: Some(format!("arn:aws:iam::111111111111:role/{account}")),
        mfa_serial: Some(DEVICE.to_owned()),
        ..Access::default()
    };
    let asked = Arc::clone(asked);
    let ask = Ask::new(move |device| {
        assert_eq!(device, DEVICE);
        asked.fetch_add(1, Ordering::Relaxed);
        Ok("654321".to_owned())
    });
    let mfa = Mfa {
        accounts: Account::ALL.into(),
        ask: Some(ask),
        kept_in: kept_in.map(Path::to_owned),
        now: now(),
        least: SignedDuration::from_hours(1),
        code: None,
    };
    let accesses = Account::ALL.map(|account| (account, access(account))).into();
    let endpoint_url = Some(server.url());
    Settings { accesses, endpoint_url, mfa, ..Settings::default() }
}

async fn opened(settings: &Settings) -> Result<AwsCloud, CloudError> {
    AwsCloud::connect_with_keys(settings, "AKIDEXAMPLE", "secret").await
}

#[tokio::test]
async fn one_code_begins_one_session_for_all_accounts_and_roles_are_assumed_with_it() {
    let server = Server::start([
        session(ENDS),
        Reply::ok(roles::ASSUMED),
        Reply::ok(roles::CALLER),
        Reply::ok(roles::ASSUMED),
        Reply::ok(roles::CALLER),
    ])
    .await;
    let asked = Arc::default();
    let cloud = opened(&settings(&server, None, &asked)).await.unwrap();
    for account in [Account::Dns, Account::New] {
        let identity = cloud.identity(account).await.unwrap();
        assert_eq!(identity.expires, Some(ENDS.parse().unwrap()), "L66: the session's end");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let bodies = server.bodies();
    for part in [
        "Action=GetSessionToken",
        "SerialNumber=arn%3Aaws%3Aiam%3A%3A999999999999%3Amfa%2Falice",
        "TokenCode=654321",
        "DurationSeconds=43200",
    ] {
        assert!(bodies[0].contains(part), "{part} is not in {}", bodies[0]);
    }
    let assumed: Vec<_> = bodies.iter().filter(|body| body.contains("AssumeRole")).collect();
    assert_eq!(assumed.len(), 2);
    assert!(assumed.iter().all(|body| !body.contains("TokenCode")), "{assumed:?}");
    assert!(assumed.iter().all(|body| body.contains("DurationSeconds=3600")), "{assumed:?}");
}

#[tokio::test]
async fn a_session_is_kept_for_the_commands_that_follow() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cutover");
    let server = Server::start([session(ENDS)]).await;
    let asked = Arc::default();
    let first = settings(&server, Some(&cache), &asked);
    opened(&first).await.unwrap();
    opened(&first).await.unwrap();
    assert_eq!((asked.load(Ordering::Relaxed), server.bodies().len()), (1, 1));
}

#[tokio::test]
async fn a_session_that_ends_too_soon_or_is_broken_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start([
        session("2098-01-01T00:59:59Z"),
        session("2098-01-01T01:00:00Z"),
        session(ENDS),
    ])
    .await;
    let asked = Arc::default();
    let settings = settings(&server, Some(folder.path()), &asked);
    opened(&settings).await.unwrap();
    opened(&settings).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2, "59 minutes are not enough");
    opened(&settings).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2, "an hour is");
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), "{").unwrap();
    }
    opened(&settings).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

const WRONG: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

#[tokio::test]
async fn a_wrong_code_is_sent_once_and_told() {
    let wrong = || Reply::new(403, answers::error("AccessDenied", WRONG));
    let server = Server::start([wrong(), wrong()]).await;
    let asked = Arc::default();
    let error = opened(&settings(&server, None, &asked)).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Credentials);
    assert_eq!(error.object, format!("MFA device {DEVICE}"));
    assert!(error.message.contains(WRONG.trim()), "{error}");
    assert!(!format!("{error:?}").contains("654321"), "{error:?}");
    assert_eq!(server.bodies().len(), 1);
}

#[tokio::test]
async fn a_code_that_is_given_begins_a_new_session_and_a_used_one_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start([
        session("2098-01-01T02:00:00Z"),
        session(ENDS),
        Reply::new(403, answers::error("AccessDenied", WRONG)),
    ])
    .await;
    let asked = Arc::default();
    let mut settings = settings(&server, Some(folder.path()), &asked);
    opened(&settings).await.unwrap();
    settings.mfa.code = Some("424242".to_owned());
    for _ in 0..2 {
        opened(&settings).await.unwrap();
    }
    assert_eq!((asked.load(Ordering::Relaxed), server.bodies().len()), (1, 3));
    assert!(!format!("{settings:?}").contains("424242"), "a code is no text for logs");
}

#[tokio::test]
async fn without_a_code_nothing_is_sent_and_accounts_that_need_none_are_not_asked_for() {
    let server = Server::start([]).await;
    let asked = Arc::default();
    let mut settings = settings(&server, None, &asked);
    settings.mfa.ask = Some(Ask::new(|_| Err("there is no terminal".to_owned())));
    let error = opened(&settings).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (CloudErrorKind::Credentials, "there is no terminal")
    );
    settings.mfa.accounts.clear();
    let error = opened(&settings).await.unwrap().zone(&zone()).await.unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Credentials, "{error}");
    assert!(error.message.contains("nobody has signed in with the MFA device"), "{error}");
    assert_eq!(server.paths(), Vec::<String>::new());
}
