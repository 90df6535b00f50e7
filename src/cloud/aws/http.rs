//! The HTTP client that all AWS clients share: rustls on ring, plain HTTP for endpoints that want it, proxies as the
//! environment says.

use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
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
        let connector = connectors.entry(key).or_insert_with(|| {
            SharedHttpConnector::new(ByScheme {
                settings: settings.clone(),
                sleep: components.sleep_impl(),
                encrypted: OnceLock::new(),
                plain: OnceLock::new(),
            })
        });
        connector.clone()
    }
}

/// One pool of connections for `https` and one for `http`. Reading the system's certificates takes longer than all else
/// that happens before the first request, so an endpoint without encryption does not pay for it.
#[derive(Debug)]
struct ByScheme {
    settings: HttpConnectorSettings,
    sleep: Option<SharedAsyncSleep>,
    encrypted: OnceLock<Connector>,
    plain: OnceLock<Connector>,
}

impl ByScheme {
    fn connector(&self, trusted: TrustStore) -> Connector {
        let mut builder = Connector::builder()
            .connector_settings(self.settings.clone())
            .proxy_config(ProxyConfig::from_env())
            .pool_idle_timeout(IDLE);
        builder.set_sleep_impl(self.sleep.clone());
        let builder = builder.tls_provider(Provider::Rustls(CryptoMode::Ring));
        match TlsContext::builder().with_trust_store(trusted).build() {
            Ok(context) => builder.tls_context(context).build(),
            // Only certificates that were added by hand can be wrong, and there are none.
            Err(_) => builder.build(),
        }
    }
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = if request.uri().starts_with("http://") {
            self.plain.get_or_init(|| self.connector(TrustStore::empty()))
        } else {
            self.encrypted.get_or_init(|| self.connector(TrustStore::default()))
        };
        connector.call(request)
    }
}
