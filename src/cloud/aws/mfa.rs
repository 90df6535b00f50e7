//! MFA: one code for a session of twelve hours, with which roles are assumed, and assumed anew without another code.
//!
//! A code given to AssumeRole would be needed again with every renewal, and a role that is assumed from a role lasts an hour at
//! most. So the code goes to GetSessionToken, which gives the user's own credentials a session that has seen the second
//! factor. It is kept for the commands that follow, as the aws command line keeps its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
    sync::Arc,
};

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_credential_types::{
    Credentials,
    credential_feature::AwsCredentialFeature,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_sdk_sts as sts;

use super::{
    credentials,
    error::Asked,
    kept::{self, Kept},
    session::Shared,
    settings::Access,
};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    unit::{Account, SignedDuration, Timestamp},
};

/// How long a session is asked for: what most organisations allow at most, and a whole night.
const SESSION: SignedDuration = SignedDuration::from_hours(12);

/// The second factor: who is asked for its code, and where its sessions are kept.
#[derive(Clone, Default)]
pub struct Mfa {
    /// Accounts whose `mfa_serial` is heeded; the others cannot be reached where they have one.
    pub accounts: BTreeSet<Account>,
    /// A code that was given already: six digits. It is good for one device, once.
    pub code: Option<String>,
    /// Whom to ask for a code where none was given.
    pub ask: Option<Ask>,
    /// Folder in which sessions are kept for later commands. Nothing is kept where it is unset.
    pub kept_in: Option<PathBuf>,
    /// When this is.
    pub now: Timestamp,
    /// A kept session that ends sooner than this is not used.
    pub least: SignedDuration,
}

/// A question for a device's code, which is asked before anything is sent.
#[derive(Clone)]
pub struct Ask(Arc<Question>);

type Question = dyn Fn(&str) -> Result<String, String> + Send + Sync;

impl Ask {
    /// Returns the question that this function puts: it is given the device's serial number, and returns the code, or why
    /// there is none.
    pub fn new(question: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(question))
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ask")
    }
}

impl fmt::Debug for Mfa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, code, ask, kept_in, now, least } = self;
        f.debug_struct("Mfa")
            .field("accounts", accounts)
            .field("code", &code.as_ref().map(|_| "***"))
            .field("ask", ask)
            .field("kept_in", kept_in)
            .field("now", now)
            .field("least", least)
            .finish()
    }
}

/// A profile and a device: what accounts have in common that share a session.
type Way = (Option<String>, String);

/// Sessions that have seen a second factor, by how they were come by.
#[derive(Debug, Default)]
pub(super) struct SignedIn(BTreeMap<Way, SharedCredentialsProvider>);

impl SignedIn {
    /// Returns the credentials of a way to reach an account that has a device; nothing where it has none.
    pub(super) fn of(&self, access: &Access) -> Option<SharedCredentialsProvider> {
        let way = way(access)?;
        let known = self.0.get(&way).cloned();
        Some(known.unwrap_or_else(|| SharedCredentialsProvider::new(NotSignedIn { device: way.1 })))
    }
}

fn way(access: &Access) -> Option<Way> {
    Some((access.profile.clone(), access.mfa_serial.clone()?))
}

/// What stands where nobody has signed in.
#[derive(Debug)]
struct NotSignedIn {
    device: String,
}

impl ProvideCredentials for NotSignedIn {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let why = format!("nobody has signed in with the MFA device {}", self.device);
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded(why)))
    }
}

/// Signs in to the accounts whose way asks for a second factor. Each device is asked for one code, whatever the number of
/// accounts that it is for.
///
/// # Errors
/// There are no credentials to begin with, there is no code, or STS refuses it.
pub(super) async fn sign_in(shared: &Shared, mfa: &Mfa) -> Result<SignedIn, CloudError> {
    let mut signed_in = SignedIn::default();
    let mut desk = Desk { mfa, code: mfa.code.clone(), sessions: BTreeMap::new() };
    for account in &mfa.accounts {
        let access = shared.settings.access(*account);
        let Some(way) = way(&access) else { continue };
        // Accounts of one way are asked for here again, and share the session that the desk knows by then.
        let session = desk.session(shared, &access, &way.1).await?;
        signed_in.0.insert(way, session);
    }
    Ok(signed_in)
}

/// Where codes become sessions.
struct Desk<'a> {
    mfa: &'a Mfa,
    /// The code that was given, until it is used.
    code: Option<String>,
    /// By device and access key: two profiles may have the keys of one user, whose code works once.
    sessions: BTreeMap<(String, String), SharedCredentialsProvider>,
}

impl Desk<'_> {
    async fn session(
        &mut self,
        shared: &Shared,
        access: &Access,
        device: &str,
    ) -> Result<SharedCredentialsProvider, CloudError> {
        let asked = Asked::new("GetSessionToken", format!("MFA device {device}"));
        let region = credentials::region(access).await;
        let plain = Access { mfa_serial: None, ..access.clone() };
        let config = credentials::configuration(shared, &plain, region).await;
        let Some(base) = config.credentials_provider() else {
            return Err(asked.without_credentials(&CredentialsError::not_loaded_no_source()));
        };
        let keys = base.provide_credentials().await;
        let keys = keys.map_err(|error| asked.without_credentials(&error))?;
        // Such as those of `aws sts get-session-token`: temporary credentials cannot be given a session, and may be one.
        if keys.session_token().is_some() {
            return Ok(base);
        }
        let sharing = (device.to_owned(), keys.access_key_id().to_owned());
        if let Some(session) = self.sessions.get(&sharing) {
            return Ok(session.clone());
        }
        let name = kept::name(&[
            device,
            keys.access_key_id(),
            access.profile.as_deref().unwrap_or_default(),
            config.endpoint_url().unwrap_or_default(),
        ]);
        let file = self.mfa.kept_in.as_ref().map(|folder| folder.join(name));
        let found = file.as_deref().and_then(kept::read).filter(|kept| self.lasts(kept));
        let session = match (found, self.code.take()) {
            (Some(found), None) => found,
            (found, code) => {
                let begun = self.begin(&config, device, code, &asked).await;
                if let (Ok(session), Some(file)) = (&begun, &file) {
                    // Who cannot keep it is asked again by the next command.
                    let _ = kept::write(file, session);
                }
                // A code that was used a moment ago is refused, and where a session is kept there is no need for it.
                begun.or_else(|error| found.ok_or(error))?
            }
        };
        let session = SharedCredentialsProvider::new(session.credentials());
        self.sessions.insert(sharing, session.clone());
        Ok(session)
    }

    async fn begin(
        &self,
        config: &SdkConfig,
        device: &str,
        code: Option<String>,
        asked: &Asked,
    ) -> Result<Kept, CloudError> {
        let code = code.map_or_else(|| self.ask(device, asked), Ok)?;
        begin(config, device, &code, asked).await
    }

    fn lasts(&self, kept: &Kept) -> bool {
        kept.expires.duration_since(self.mfa.now) >= self.mfa.least
    }

    fn ask(&self, device: &str, asked: &Asked) -> Result<String, CloudError> {
        let answer = match &self.mfa.ask {
            Some(Ask(question)) => question(device),
            None => Err("nobody can be asked for its code".to_owned()),
        };
        answer.map_err(|why| asked.lacks_credentials(why))
    }
}

/// Asks STS for a session. It is asked once: a code is good for one question.
async fn begin(
    config: &SdkConfig,
    device: &str,
    code: &str,
    asked: &Asked,
) -> Result<Kept, CloudError> {
    let config = sts::config::Builder::from(config).retry_config(RetryConfig::disabled()).build();
    let answer = sts::Client::from_conf(config)
        .get_session_token()
        .serial_number(device)
        .token_code(code)
        .duration_seconds(i32::try_from(SESSION.as_secs()).unwrap_or(i32::MAX))
        .send()
        .await
        .map_err(|error| refused(asked.failed(error)))?;
    let session = answer.credentials.ok_or_else(|| asked.nonsense("no credentials"))?;
    let nanos = session.expiration.as_nanos();
    let expires = Timestamp::from_nanosecond(nanos)
        .map_err(|_| asked.nonsense("an end that is out of range"))?;
    Ok(Kept {
        access_key_id: session.access_key_id,
        secret_access_key: session.secret_access_key,
        session_token: session.session_token,
        expires,
    })
}

/// A refused code is told as what it is: STS denies, whatever was wrong with it.
fn refused(mut error: CloudError) -> CloudError {
    if error.kind == CloudErrorKind::Denied {
        error.kind = CloudErrorKind::Credentials;
    }
    error
}

impl Kept {
    fn credentials(&self) -> Credentials {
        let mut credentials = Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            Some(self.session_token.clone()),
            Some(self.expires.into()),
            "MFA session",
        );
        credentials.set_property(vec![AwsCredentialFeature::CredentialsStsSessionToken]);
        credentials
    }
}
