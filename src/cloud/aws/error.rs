//! What a failed call means: the one place that knows AWS's error codes.

use std::{error::Error, fmt::Write as _};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::assume_role::AssumeRoleError,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use quick_xml::{Reader, events::Event};

use super::mask::masked;
use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::messages,
};

/// A question that was put to AWS, for the error that may come of it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    operation: &'static str,
    object: String,
}

impl Asked {
    pub(super) fn new(operation: &'static str, object: String) -> Self {
        Self { operation, object }
    }

    /// Returns the same question put to another operation.
    pub(super) fn of(&self, operation: &'static str) -> Self {
        Self { operation, object: self.object.clone() }
    }

    /// Returns the error for a call that failed.
    pub(super) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> CloudError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match &error {
            SdkError::ServiceError(answer) => self.answered(answer.err(), answer.raw()),
            SdkError::ResponseError(_) | SdkError::TimeoutError(_) => {
                self.error(CloudErrorKind::Unclear, None, words(&error))
            }
            SdkError::DispatchFailure(_) => self.not_sent(&error, CloudErrorKind::Unclear),
            SdkError::ConstructionFailure(_) => self.not_sent(&error, CloudErrorKind::Rejected),
            // The SDK may add kinds of failure; one that is not known is not known to be harmless.
            _ => self.error(CloudErrorKind::Unclear, None, words(&error)),
        }
    }

    /// Returns the error for an answer that makes no sense; `what` says what is wrong with it.
    pub(super) fn nonsense(&self, what: &str) -> CloudError {
        self.error(CloudErrorKind::Rejected, None, format!("AWS answered {what}"))
    }

    /// Returns the error for a question that cannot be put.
    pub(super) fn refused(&self, why: String) -> CloudError {
        self.error(CloudErrorKind::Rejected, None, why)
    }

    /// Returns the error for something that is not there.
    pub(super) fn not_found(&self, why: String) -> CloudError {
        self.error(CloudErrorKind::NotFound, None, why)
    }

    /// Returns the error for credentials that could not be got, before any question was put.
    pub(super) fn without_credentials(&self, error: &CredentialsError) -> CloudError {
        self.not_sent(error, CloudErrorKind::Credentials)
    }

    /// Returns the error for credentials that somebody would have to give.
    pub(super) fn lacks_credentials(&self, why: String) -> CloudError {
        self.error(CloudErrorKind::Credentials, None, why)
    }

    fn answered<E>(&self, error: &E, raw: &HttpResponse) -> CloudError
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = raw.status().as_u16();
        let body = raw.body().bytes().and_then(|bytes| str::from_utf8(bytes).ok());
        let refused = body.map(batch_messages).unwrap_or_default();
        // Route 53 has two shapes for a refused batch, and the SDK finds no code in the one without `<Error>`.
        let code = match error.code() {
            Some(code) => Some(plain(code)),
            None if !refused.is_empty() => Some("InvalidChangeBatch".to_owned()),
            None => None,
        };
        let kind = match code.as_deref() {
            Some("InvalidChangeBatch") if status < 500 => {
                let told = error.message().map(messages);
                let each = if refused.is_empty() { told.unwrap_or_default() } else { refused };
                CloudErrorKind::InvalidBatch(each.iter().map(|text| plain(text)).collect())
            }
            code => kind_of(code, status),
        };
        let message = match (&kind, error.message()) {
            (CloudErrorKind::InvalidBatch(messages), _) => messages.join("; "),
            (_, Some(message)) if !message.is_empty() => plain(message),
            (_, _) if code.is_some() => format!("HTTP status {status}"),
            (_, _) => {
                format!("HTTP status {status} with an answer that makes no sense: {}", words(error))
            }
        };
        self.error(kind, code, message)
    }

    /// Returns the error for a request that failed before there was an answer, `kind` unless the credentials were to
    /// blame.
    fn not_sent(&self, error: &(dyn Error + 'static), kind: CloudErrorKind) -> CloudError {
        // A role is assumed with credentials of its own; where those are missing nobody has been asked.
        let of_credentials =
            causes(error).filter_map(|cause| cause.downcast_ref::<CredentialsError>()).last();
        let Some(credentials) = of_credentials else {
            // The outermost error only says that there was one.
            return self.error(kind, None, words(error.source().unwrap_or(error)));
        };
        let role = causes(credentials)
            .find_map(|cause| cause.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>());
        if let Some(SdkError::ServiceError(answer)) = role {
            let refusal = self.answered(answer.err(), answer.raw());
            let kind = match refusal.kind {
                CloudErrorKind::Throttled | CloudErrorKind::Unclear => refusal.kind,
                CloudErrorKind::Busy
                | CloudErrorKind::InvalidBatch(_)
                | CloudErrorKind::Denied
                | CloudErrorKind::Credentials
                | CloudErrorKind::NotFound
                | CloudErrorKind::Rejected => CloudErrorKind::Credentials,
            };
            let message = format!("the role could not be assumed: {}", refusal.message);
            return self.error(kind, refusal.code, message);
        }
        let network =
            role.is_some() || causes(credentials).any(|cause| cause.is::<ConnectorError>());
        let passes = network || matches!(credentials, CredentialsError::ProviderTimedOut(_));
        let kind = if passes { CloudErrorKind::Unclear } else { CloudErrorKind::Credentials };
        let why = if matches!(credentials, CredentialsError::CredentialsNotLoaded(_)) {
            credentials.source().map_or_else(|| NONE_ANYWHERE.to_owned(), words)
        } else {
            words(credentials)
        };
        self.error(kind, None, format!("no credentials: {why}"))
    }

    fn error(&self, kind: CloudErrorKind, code: Option<String>, message: String) -> CloudError {
        CloudError {
            operation: self.operation.to_owned(),
            object: self.object.clone(),
            kind,
            code,
            message,
        }
    }
}

const NONE_ANYWHERE: &str = "neither the environment nor the configuration files nor the instance \
                             has any; try `aws sts get-caller-identity`";

fn kind_of(code: Option<&str>, status: u16) -> CloudErrorKind {
    match code.unwrap_or_default() {
        "BandwidthLimitExceeded"
        | "DependencyThrottle"
        | "EC2ThrottledException"
        | "ProvisionedThroughputExceededException"
        | "SlowDown"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => CloudErrorKind::Throttled,
        "PriorRequestNotComplete" => CloudErrorKind::Busy,
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "NotAuthorized"
        | "OptInRequired"
        | "UnauthorizedOperation" => CloudErrorKind::Denied,
        "AuthFailure"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "InvalidToken"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => CloudErrorKind::Credentials,
        "AccessPointNotFound"
        | "ClusterNotFoundException"
        | "InvalidVpcPeeringConnectionID.NotFound"
        | "InvalidVpcPeeringConnectionId.NotFound"
        | "LoadBalancerNotFound"
        | "LoadBalancerNotFoundException"
        | "NoSuchChange"
        | "NoSuchHealthCheck"
        | "NoSuchHostedZone"
        | "TargetGroupNotFound"
        | "TargetGroupNotFoundException" => CloudErrorKind::NotFound,
        "RequestTimeout" | "RequestTimeoutException" | "ServerException" => CloudErrorKind::Unclear,
        _ if status == 429 => CloudErrorKind::Throttled,
        // A success that cannot be read is one all the same.
        _ if status == 408 || !(400..500).contains(&status) => CloudErrorKind::Unclear,
        _ => CloudErrorKind::Rejected,
    }
}

/// Returns an error and all that caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let this = next?;
        next = this.source();
        Some(this)
    })
}

/// Returns what an error and its causes say, each thing once.
fn words(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let said = cause.to_string();
        if !said.is_empty() && !text.contains(&said) {
            let comma = if text.is_empty() { "" } else { ": " };
            let _ = write!(text, "{comma}{said}");
        }
    }
    plain(&text)
}

/// Escapes control characters, so that no answer can move the cursor of the terminal that shows it, and takes secrets out.
pub(super) fn plain(text: &str) -> String {
    let text = masked(text);
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Messages of several lines are read as one.
            '\n' | '\r' | '\t' => {
                if !safe.ends_with(' ') {
                    safe.push(' ');
                }
            }
            c if c.is_control() => safe.extend(c.escape_debug()),
            c => safe.push(c),
        }
    }
    safe.trim_end().to_owned()
}

/// Returns the messages of `<InvalidChangeBatch><Messages><Message>..`, the shape that Route 53's reference shows;
/// nothing for any other document.
fn batch_messages(body: &str) -> Vec<String> {
    let mut reader = Reader::from_str(body);
    let (mut messages, mut current, mut is_batch) = (Vec::new(), None, false);
    // A document that breaks off gives what was read until then.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) if tag.local_name().as_ref() == "InvalidChangeBatch" => {
                is_batch = true;
            }
            Event::Start(tag) if is_batch && tag.local_name().as_ref() == "Message" => {
                current = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(current) = &mut current {
                    current.push_str(&text);
                }
            }
            Event::GeneralRef(name) => {
                let resolved = quick_xml::escape::resolve_predefined_entity(&name);
                if let (Some(current), Some(text)) = (&mut current, resolved) {
                    current.push_str(text);
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "Message" => {
                messages.extend(current.take());
            }
            Event::Eof => break,
            Event::Start(_)
            | Event::End(_)
            | Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_without_an_error_element_is_read_too() {
        let body = "<?xml version=\"1.0\"?><InvalidChangeBatch xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
                    <Messages><Message>Tried to delete [name=&apos;a&apos;]</Message><Message>two</Message></Messages>\
                    </InvalidChangeBatch>";
        assert_eq!(batch_messages(body), ["Tried to delete [name='a']", "two"]);
        assert!(
            batch_messages("<ErrorResponse><Error><Message>x</Message></Error></ErrorResponse>")
                .is_empty()
        );
        assert!(batch_messages("not xml < at all").is_empty());
    }

    #[test]
    fn what_aws_says_cannot_drive_a_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb");
    }
}
