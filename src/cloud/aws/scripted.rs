//! A function in the place of the network, so that what the adapter makes of an answer can be asked without a server.

use std::{fmt, sync::Arc};

use aws_smithy_runtime_api::client::{
    http::{
        HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status, 100 to 999; with any other there is no answer.
    pub status: u16,
    /// Headers, by name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Returns a client that gives a request's path and body to this function and takes its answer for the server's.
pub(super) fn client(
    answer: impl Fn(&str, &[u8]) -> Reply + Send + Sync + 'static,
) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Scripted(Arc::new(answer)));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Clone)]
struct Scripted(Arc<Answer>);

type Answer = dyn Fn(&str, &[u8]) -> Reply + Send + Sync;

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let path = request.uri().split_once("://").map_or("", |(_, rest)| rest);
        let path = path.find('/').map_or("/", |at| &path[at..]);
        HttpConnectorFuture::ready(response((self.0)(path, body)))
    }
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status =
        reply.status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, reply.body.into());
    for (name, value) in reply.headers {
        // What cannot stand in a header cannot have come in one.
        let _ = response.headers_mut().try_append(name, value);
    }
    Ok(response)
}
