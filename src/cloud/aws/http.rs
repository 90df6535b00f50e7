//! The HTTP client that all AWS clients share: rustls on ring, plain HTTP for endpoints that want it, proxies as the
//! environment says.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    runtime_components::RuntimeComponents,
};

/// Returns a client whose connections are shared by everybody who uses it.
///
/// The SDK's own client reads the system's certificates once more for every AWS client that is made from it. This one
/// reads them when the first request is sent.
pub(super) fn client() -> SharedHttpClient {
    SharedHttpClient::new(Shared::default())
}

/// How long an idle connection is kept. Servers close theirs without a word after a minute or so, and a batch that
/// is sent into a closed connection has an unclear outcome.
const IDLE: Duration = Duration::from_secs(20);

/// Timeouts that a connector was built for: connect, read.
type Timeouts = (Option<Duration>, Option<Duration>);

#[derive(Debug, Default)]
struct Shared {
    connectors: Mutex<BTreeMap<Timeouts, SharedHttpConnector>>,
}

impl HttpClient for Shared {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let key = (settings.connect_timeout(), settings.read_timeout());
        // A poisoned map is still a whole map: an entry is only ever added.
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.entry(key).or_insert_with(|| connector(settings, components)).clone()
    }
}

fn connector(
    settings: &HttpConnectorSettings,
    components: &RuntimeComponents,
) -> SharedHttpConnector {
    let mut builder = Connector::builder()
        .connector_settings(settings.clone())
        .proxy_config(ProxyConfig::from_env())
        .pool_idle_timeout(IDLE);
    builder.set_sleep_impl(components.sleep_impl());
    SharedHttpConnector::new(builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build())
}
