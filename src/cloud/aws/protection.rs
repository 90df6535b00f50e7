//! Protections of record sets (law L16): two calls that Route 53 has and this version of its client does not.
//!
//! Both lie below the path of GetHostedZone, a call that the client has. So that one is sent with the rest of the path,
//! method and body put in before it is signed: where to, as whom, how long and how often stay the client's affair. It cannot
//! read the answers, which are read here. Their shapes are those of AWS's service model in botocore 1.44.5; nobody has
//! tried them on a live account.

use aws_sdk_route53::Client;
use aws_smithy_runtime_api::{client::orchestrator::HttpRequest, http::HttpError};
use aws_smithy_types::body::SdkBody;
use quick_xml::{Reader, escape::escape, events::Event};

use super::{error::Asked, pages::Pages};
use crate::{
    cloud::CloudError,
    plan::ZoneId,
    unit::{RecordName, RecordType},
};

/// Most protections on a page of the list.
const PAGE: usize = 300;

/// Most protections that one request removes.
const MOST_REMOVED: usize = 100;

/// Returns the names and types of a zone that nobody may change. A name that is none cannot be one of ours and is left
/// out.
pub(super) async fn list(
    client: &Client,
    zone: &ZoneId,
) -> Result<Vec<(RecordName, RecordType)>, CloudError> {
    let asked = Asked::new("ListResourceRecordSetProtections", format!("zone {zone}"));
    let (mut found, mut token) = (Vec::new(), None);
    let mut pages = Pages::default();
    loop {
        pages.turn(&asked)?;
        let request = Below::page(token.as_deref());
        let page = read(&send(client, zone, request, &asked).await?);
        let page =
            page.ok_or_else(|| asked.nonsense("something that is no list of protections"))?;
        let named = |(name, kind): (String, String)| {
            Some((name.parse().ok()?, RecordType::from(kind.as_str())))
        };
        found.extend(page.protections.into_iter().filter_map(named));
        match page.next {
            None => return Ok(found),
            next if next == token => return Err(asked.nonsense("the same page again")),
            next => token = next,
        }
    }
}

/// Removes protections; all or none of each hundred. The client has to be the one for batches: a second attempt at what
/// the first one removed fails.
pub(super) async fn remove(
    client: &Client,
    zone: &ZoneId,
    records: &[(RecordName, RecordType)],
) -> Result<(), CloudError> {
    let asked = Asked::new("DeleteResourceRecordSetProtections", format!("zone {zone}"));
    for some in records.chunks(MOST_REMOVED) {
        send(client, zone, Below::removal(some), &asked).await?;
    }
    Ok(())
}

/// A request below the path of a zone.
#[derive(Debug, Clone)]
struct Below {
    path: String,
    body: Option<String>,
}

impl Below {
    fn page(token: Option<&str>) -> Self {
        let mut path = format!("/rrsetprotection?maxresults={PAGE}");
        if let Some(token) = token {
            // A form writes a blank as `+`, a signed path as `%20`.
            let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
            path.push_str("&nexttoken=");
            path.push_str(&token.replace('+', "%20"));
        }
        Self { path, body: None }
    }

    fn removal(records: &[(RecordName, RecordType)]) -> Self {
        let key = |(name, kind): &(RecordName, RecordType)| {
            format!(
                "<ResourceRecordSetProtectionKey><RecordName>{}</RecordName><RecordType>{}</RecordType>\
                 </ResourceRecordSetProtectionKey>",
                escape(name.escaped()),
                escape(kind.as_str())
            )
        };
        let keys: String = records.iter().map(key).collect();
        let body = format!(
            "<DeleteResourceRecordSetProtectionsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
             <Protections>{keys}</Protections></DeleteResourceRecordSetProtectionsRequest>"
        );
        Self { path: "/rrsetprotection/delete".to_owned(), body: Some(body) }
    }

    /// Turns a request for a zone into this one.
    fn put_into(&self, mut request: HttpRequest) -> Result<HttpRequest, HttpError> {
        request.set_uri(format!("{}{}", request.uri(), self.path))?;
        if let Some(body) = &self.body {
            request.set_method("POST")?;
            request.headers_mut().insert("content-type", "application/xml");
            request.headers_mut().insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body.as_str());
        }
        Ok(request)
    }
}

/// Sends a request and returns the body of its answer.
async fn send(
    client: &Client,
    zone: &ZoneId,
    below: Below,
    asked: &Asked,
) -> Result<String, CloudError> {
    let call = client.get_hosted_zone().id(&zone.0).customize();
    match call.map_request(move |request| below.put_into(request)).send().await {
        // Whoever answers with a zone has not looked at the rest of the path.
        Ok(_) => Err(asked.nonsense("a zone where something else was asked for")),
        Err(error) => {
            let raw = error.raw_response().filter(|raw| raw.status().is_success());
            let body = raw.and_then(|raw| raw.body().bytes()).map(String::from_utf8_lossy);
            match body {
                Some(body) => Ok(body.into_owned()),
                None => Err(asked.failed(error)),
            }
        }
    }
}

/// A page of protections, as they stand in the answer.
#[derive(Debug, PartialEq, Eq, Default)]
struct Page {
    protections: Vec<(String, String)>,
    next: Option<String>,
}

/// Reads a page; nothing where the document is another one or breaks off.
fn read(body: &str) -> Option<Page> {
    let mut reader = Reader::from_str(body);
    let (mut page, mut is_page, mut text) = (Page::default(), false, String::new());
    let (mut name, mut kind) = (None, None);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                is_page |= tag.local_name().as_ref() == "ListResourceRecordSetProtectionsResponse";
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(reference) => {
                text.push_str(quick_xml::escape::resolve_predefined_entity(&reference)?);
            }
            Event::End(tag) => match tag.local_name().as_ref() {
                "RecordName" => name = Some(std::mem::take(&mut text)),
                "RecordType" => kind = Some(std::mem::take(&mut text)),
                "NextToken" => page.next = Some(std::mem::take(&mut text)),
                "ResourceRecordSetProtection" => {
                    page.protections.extend(name.take().zip(kind.take()));
                }
                "ListResourceRecordSetProtectionsResponse" => return is_page.then_some(page),
                _ => {}
            },
            Event::Eof => return None,
            Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}
