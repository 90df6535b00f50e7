//! The two questions that EC2 is asked. Its client is larger than all the others together, so they are put by hand, through
//! the same runtime that the clients use: signed, with the session's credentials, timeouts and retries.

use aws_runtime::{
    auth::{SigV4OperationSigningConfig, sigv4},
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_sdk_sts::config::retry::RetryPartition;
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{
            AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
            static_resolver::StaticAuthSchemeOptionResolver,
        },
        http::SharedHttpClient,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::StaticRuntimePlugin,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::Layer, error::ErrorMetadata};
use aws_types::{SdkConfig, SigningName, region::SigningRegion, service_config::ServiceConfigKey};

use super::{
    ec2_xml::{Tree, tree},
    error::Asked,
    pages::Pages,
};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::{Peering, PeeringEnd, PeeringRoute},
};

/// The version of EC2's API.
const VERSION: &str = "2016-11-15";

/// What calls are made with.
#[derive(Debug)]
pub(super) struct Client<'a> {
    pub(super) config: &'a SdkConfig,
    pub(super) retries: RetryPartition,
}

/// Returns a peering connection with the routes that lead through it; nothing where there is none of this id.
pub(super) async fn peering(
    client: &Client<'_>,
    id: &str,
    asked: &Asked,
) -> Result<Option<Peering>, CloudError> {
    let arguments = [("VpcPeeringConnectionId.1", id)];
    let answer = match client.call("DescribeVpcPeeringConnections", &arguments, asked).await {
        Ok(answer) => answer,
        Err(error) if error.kind == CloudErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let of_id = |item: &&Tree| item.text("vpcPeeringConnectionId") == id;
    let items = answer.items("vpcPeeringConnectionSet");
    let Some(item) = items.iter().find(of_id) else { return Ok(None) };
    let end = |which: &str| {
        item.child(which).map(end).ok_or_else(|| asked.nonsense("a connection with one end"))
    };
    let status = item.child("status");
    let status = status.ok_or_else(|| asked.nonsense("a connection without a status"))?;
    Ok(Some(Peering {
        status: status.text("code"),
        message: status.text("message"),
        requester: end("requesterVpcInfo")?,
        accepter: end("accepterVpcInfo")?,
        routes: routes(client, id, &asked.of("DescribeRouteTables")).await?,
    }))
}

fn end(info: &Tree) -> PeeringEnd {
    let listed = |set: &str, range: &str| -> Vec<String> {
        info.items(set).iter().map(|item| item.text(range)).collect()
    };
    let mut ranges = listed("cidrBlockSet", "cidrBlock");
    ranges.extend(Some(info.text("cidrBlock")).filter(|range| !ranges.contains(range)));
    ranges.extend(listed("ipv6CidrBlockSet", "ipv6CidrBlock"));
    ranges.retain(|range| !range.is_empty());
    PeeringEnd {
        account: info.text("ownerId"),
        vpc: info.text("vpcId"),
        region: Some(info.text("region")).filter(|region| !region.is_empty()),
        ranges,
    }
}

/// Returns the routes through a connection; nothing where they may not be read.
async fn routes(
    client: &Client<'_>,
    id: &str,
    asked: &Asked,
) -> Result<Option<Vec<PeeringRoute>>, CloudError> {
    let mut routes = Vec::new();
    let mut token = String::new();
    let mut pages = Pages::default();
    loop {
        pages.turn(asked)?;
        let mut arguments =
            vec![("Filter.1.Name", "route.vpc-peering-connection-id"), ("Filter.1.Value.1", id)];
        if !token.is_empty() {
            arguments.push(("NextToken", &token));
        }
        let answer = match client.call("DescribeRouteTables", &arguments, asked).await {
            Ok(answer) => answer,
            Err(error) if error.kind == CloudErrorKind::Denied => return Ok(None),
            Err(error) => return Err(error),
        };
        for table in answer.items("routeTableSet") {
            routes.extend(of_table(table, id));
        }
        let next = answer.text("nextToken");
        if next.is_empty() {
            return Ok(Some(routes));
        }
        if next == token {
            return Err(asked.nonsense("the same page again"));
        }
        token = next;
    }
}

fn of_table(table: &Tree, id: &str) -> Vec<PeeringRoute> {
    let destination = |route: &Tree| {
        ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"]
            .into_iter()
            .map(|kind| route.text(kind))
            .find(|destination| !destination.is_empty())
            .unwrap_or_default()
    };
    let through = table.items("routeSet").iter();
    let through = through.filter(|route| route.text("vpcPeeringConnectionId") == id);
    through
        .map(|route| PeeringRoute {
            table: table.text("routeTableId"),
            vpc: table.text("vpcId"),
            destination: destination(route),
            active: route.text("state") != "blackhole",
        })
        .collect()
}

impl Client<'_> {
    /// Asks EC2, and returns its answer.
    async fn call(
        &self,
        operation: &'static str,
        arguments: &[(&str, &str)],
        asked: &Asked,
    ) -> Result<Tree, CloudError> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", operation).append_pair("Version", VERSION);
        body.extend_pairs(arguments);
        let body = body.finish();
        self.operation(operation, asked)?
            .invoke(body)
            .await
            .map_err(|error| asked.of(operation).failed(error))
    }

    fn operation(
        &self,
        operation: &'static str,
        asked: &Asked,
    ) -> Result<Operation<String, Tree, ErrorMetadata>, CloudError> {
        let config = self.config;
        let http: Option<SharedHttpClient> = config.http_client();
        let (Some(http), Some(retry), Some(timeouts)) =
            (http, config.retry_config(), config.timeout_config())
        else {
            return Err(asked.refused("the session has no HTTP client".to_owned()));
        };
        let mut builder = Operation::builder()
            .service_name("EC2")
            .operation_name(operation)
            .http_client(http)
            .endpoint_url(&self.endpoint())
            .standard_retry(retry)
            .timeout_config(timeouts.clone())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .runtime_plugin(self.signing())
            .with_connection_poisoning();
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        if let Some(time) = config.time_source() {
            builder = builder.time_source(time);
        }
        if let Some(version) = config.behavior_version() {
            builder = builder.behavior_version(version);
        }
        Ok(builder.serializer(request).deserializer(response).build())
    }

    /// Returns who signs, and for what.
    fn signing(&self) -> StaticRuntimePlugin {
        let region = self.config.region().cloned().map(SigningRegion::from);
        let mut layer = Layer::new("EC2");
        layer.store_put(SigV4OperationSigningConfig {
            region,
            name: Some(SigningName::from_static("ec2")),
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(self.retries.clone());
        let mut components = RuntimeComponentsBuilder::new("EC2");
        let schemes = StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID]);
        components
            .set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)));
        components.push_auth_scheme(SharedAuthScheme::new(sigv4::SigV4AuthScheme::new()));
        components.set_identity_cache(self.config.identity_cache());
        if let Some(credentials) = self.config.credentials_provider() {
            components.set_identity_resolver(sigv4::SCHEME_ID, credentials);
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }

    /// Returns where EC2 is: what `--endpoint-url` says, else what the environment or the profile says of EC2, else of all
    /// services, else AWS's own.
    fn endpoint(&self) -> String {
        let config = self.config;
        let said = config.endpoint_url().map(str::to_owned);
        if config.get_origin("endpoint_url").is_client_config()
            && let Some(said) = said
        {
            return said;
        }
        let key = ServiceConfigKey::builder().service_id("EC2").env("AWS_ENDPOINT_URL");
        let key = key.profile("endpoint_url").build().ok();
        let own = config.service_config().zip(key).and_then(|(all, key)| all.load_config(key));
        own.or(said).unwrap_or_else(|| {
            let region = config.region().map_or("us-east-1", |region| region.as_ref());
            let fips = if config.use_fips() == Some(true) { "-fips" } else { "" };
            let china = if region.starts_with("cn-") { ".cn" } else { "" };
            format!("https://ec2{fips}.{region}.amazonaws.com{china}")
        })
    }
}

fn request(body: String) -> Result<HttpRequest, BoxError> {
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert("content-length", length);
    Ok(request)
}

fn response(answer: &HttpResponse) -> Result<Tree, OrchestratorError<ErrorMetadata>> {
    let body = answer.body().bytes().and_then(|bytes| str::from_utf8(bytes).ok());
    let tree = body.and_then(tree);
    if answer.status().is_success() {
        return tree
            .ok_or_else(|| OrchestratorError::response("the answer is not the XML of EC2".into()));
    }
    let mut error = ErrorMetadata::builder();
    if let Some(told) = tree.as_ref().and_then(|tree| tree.child("Errors")?.child("Error")) {
        error = error.code(told.text("Code")).message(told.text("Message"));
    }
    Err(OrchestratorError::operation(error.build()))
}
