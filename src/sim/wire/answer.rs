//! Answers and errors in the protocol that was spoken.

use http_body_util::Full;
use hyper::{Response, StatusCode, body::Bytes};

use super::{
    call::Service,
    codec::{Node, content, document, element, encode_cbor, encode_json, record},
    request::{Protocol, Target},
};

impl Protocol {
    /// Returns what this protocol calls an operation that it does not know.
    pub(super) fn code_of_unknown_operation(self) -> &'static str {
        match self {
            Self::Query | Self::Ec2 => "InvalidAction",
            Self::RestXml | Self::Json | Self::Json11 | Self::Cbor => "UnknownOperationException",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::RestXml | Self::Query | Self::Ec2 => "text/xml",
            Self::Json => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
            Self::Cbor => "application/cbor",
        }
    }
}

/// Writes the answer to a call that was done.
pub(super) fn done(target: &Target, id: &str, node: &Node) -> Response<Full<Bytes>> {
    let name = target.operation.name();
    let body = match target.protocol {
        Protocol::RestXml => xml(target, &format!("{name}Response"), &content(node)),
        Protocol::Query => {
            let result = element(&format!("{name}Result"), node);
            let metadata = element("ResponseMetadata", &record([("RequestId", Node::from(id))]));
            xml(target, &format!("{name}Response"), &(result + &metadata))
        }
        Protocol::Ec2 => {
            let request = element("requestId", &Node::from(id));
            xml(target, &format!("{name}Response"), &(request + &content(node)))
        }
        Protocol::Json | Protocol::Json11 => encode_json(node),
        Protocol::Cbor => encode_cbor(node),
    };
    response(target.protocol, 200, id, body)
}

/// Writes an error.
pub(super) fn refused(
    target: &Target,
    id: &str,
    (status, code, message): (u16, &str, &str),
) -> Response<Full<Bytes>> {
    let party = if status < 500 { "Sender" } else { "Receiver" };
    let body = match target.protocol {
        Protocol::RestXml | Protocol::Query => {
            let error = record([
                ("Type", Node::from(party)),
                ("Code", Node::from(code)),
                ("Message", Node::from(message)),
            ]);
            let answer = record([("Error", error), ("RequestId", Node::from(id))]);
            xml(target, "ErrorResponse", &content(&answer))
        }
        Protocol::Ec2 => {
            let error = record([("Code", Node::from(code)), ("Message", Node::from(message))]);
            let errors = record([("Error", error)]);
            let answer = record([("Errors", errors), ("RequestID", Node::from(id))]);
            document("Response", "", &content(&answer)).into_bytes()
        }
        Protocol::Json | Protocol::Json11 => encode_json(&typed(code, message)),
        Protocol::Cbor => encode_cbor(&typed(code, message)),
    };
    let mut response = response(target.protocol, status, id, body);
    // CloudWatch's newer protocols carry the query protocol's code here, for clients that know only that.
    if let Ok(value) = format!("{code};{party}").parse() {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

fn typed(code: &str, message: &str) -> Node {
    record([("__type", Node::from(code)), ("message", Node::from(message))])
}

fn xml(target: &Target, root: &str, inside: &str) -> Vec<u8> {
    let namespace = target.service.map_or("", Service::namespace);
    document(root, namespace, inside).into_bytes()
}

fn response(protocol: Protocol, status: u16, id: &str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let headers = response.headers_mut();
    let content_type = protocol.content_type();
    headers.insert("content-type", hyper::header::HeaderValue::from_static(content_type));
    if let Ok(id) = id.parse() {
        headers.insert("x-amzn-requestid", id);
    }
    if protocol == Protocol::Cbor {
        headers.insert("smithy-protocol", hyper::header::HeaderValue::from_static("rpc-v2-cbor"));
    }
    response
}
