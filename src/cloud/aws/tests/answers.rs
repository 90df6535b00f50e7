//! Answers in the words of the real services.

pub(super) fn weighted(name: &str, set_identifier: &str, weight: u8) -> String {
    format!(
        "<ResourceRecordSet><Name>{name}</Name><Type>A</Type><SetIdentifier>{set_identifier}</SetIdentifier>\
         <Weight>{weight}</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>\
         </ResourceRecords></ResourceRecordSet>"
    )
}

pub(super) fn cname(name: &str, value: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>{name}</Name><Type>CNAME</Type><TTL>60</TTL><ResourceRecords><ResourceRecord>\
         <Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
    )
}

/// A page of records; `next` is where the next page begins: name, type, identifier.
pub(super) fn records(records: &[String], next: Option<(&str, &str, Option<&str>)>) -> String {
    let cursor = next.map_or_else(String::new, |(name, kind, set_identifier)| {
        let set_identifier = set_identifier.map_or_else(String::new, |id| {
            format!("<NextRecordIdentifier>{id}</NextRecordIdentifier>")
        });
        format!(
            "<NextRecordName>{name}</NextRecordName><NextRecordType>{kind}</NextRecordType>{set_identifier}"
        )
    });
    document(
        "ListResourceRecordSetsResponse",
        &format!(
            "<ResourceRecordSets>{}</ResourceRecordSets><IsTruncated>{}</IsTruncated>{cursor}<MaxItems>300</MaxItems>",
            records.concat(),
            next.is_some()
        ),
    )
}

/// A page of zones: id, name, whether it is private; `next` is the name and id that the next page begins with.
pub(super) fn zones(zones: &[(&str, &str, bool)], next: Option<(&str, &str)>) -> String {
    let listed: String = zones
        .iter()
        .map(|(id, name, private)| {
            format!(
                "<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}</Name><CallerReference>r</CallerReference><Config>\
                 <PrivateZone>{private}</PrivateZone></Config></HostedZone>"
            )
        })
        .collect();
    let cursor = next.map_or_else(String::new, |(name, id)| {
        format!("<NextDNSName>{name}</NextDNSName><NextHostedZoneId>{id}</NextHostedZoneId>")
    });
    document(
        "ListHostedZonesByNameResponse",
        &format!(
            "<HostedZones>{listed}</HostedZones><IsTruncated>{}</IsTruncated>{cursor}<MaxItems>100</MaxItems>",
            next.is_some()
        ),
    )
}

pub(super) fn change(status: &str) -> String {
    document("ChangeResourceRecordSetsResponse", &change_info(status))
}

pub(super) fn get_change(status: &str) -> String {
    document("GetChangeResponse", &change_info(status))
}

fn change_info(status: &str) -> String {
    format!(
        "<ChangeInfo><Id>/change/C1</Id><Status>{status}</Status><SubmittedAt>2026-11-23T02:14:00Z</SubmittedAt></ChangeInfo>"
    )
}

/// A zone that Cloud Map made and that is on its way to accelerated recovery.
pub(super) fn zone() -> String {
    document(
        "GetHostedZoneResponse",
        "<HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>r</CallerReference><Config>\
         <PrivateZone>false</PrivateZone></Config><ResourceRecordSetCount>17</ResourceRecordSetCount><LinkedService>\
         <ServicePrincipal>servicediscovery.amazonaws.com</ServicePrincipal></LinkedService><Features>\
         <AcceleratedRecoveryStatus>ENABLING_HOSTED_ZONE_LOCKED</AcceleratedRecoveryStatus></Features></HostedZone>",
    )
}

pub(super) fn zone_limit(most: u32) -> String {
    document(
        "GetHostedZoneLimitResponse",
        &format!(
            "<Limit><Type>MAX_RRSETS_BY_ZONE</Type><Value>{most}</Value></Limit><Count>17</Count>"
        ),
    )
}

/// A page of protections, names and types; `next` is the token of the next page.
pub(super) fn protections(of: &[(&str, &str)], next: Option<&str>) -> String {
    let listed: String = of
        .iter()
        .map(|(name, kind)| {
            format!(
                "<ResourceRecordSetProtection><RecordName>{name}</RecordName><RecordType>{kind}</RecordType>\
                 <Comment>a &amp; b</Comment></ResourceRecordSetProtection>"
            )
        })
        .collect();
    let next = next.map_or_else(String::new, |token| format!("<NextToken>{token}</NextToken>"));
    document(
        "ListResourceRecordSetProtectionsResponse",
        &format!("<ResourceRecordSetProtections>{listed}</ResourceRecordSetProtections>{next}"),
    )
}

pub(super) fn unprotected() -> String {
    document("DeleteResourceRecordSetProtectionsResponse", "")
}

fn document(root: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<{root} xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">{inner}</{root}>"
    )
}

/// A refusal, as Route 53 and the query services write it.
pub(super) fn error(code: &str, message: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )
}
