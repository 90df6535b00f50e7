//! Forms of text that have a name: ARNs, ids, regions, names of variables.

use super::{
    Named,
    leaf::{is_dns_name, minutes, percentile},
};
use crate::runbook::zone;

/// A runbook's name.
pub(super) const NAME: Named = Named {
    what: "a name of 1 to 40 characters from a-z, 0-9 and `-`",
    example: "api",
    pattern: "^[a-z0-9-]{1,40}$",
    fits: |text| {
        made_of(text, 1, 40, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    },
    secret: false,
};

/// The name of an environment.
pub(super) const LABEL: Named = Named {
    what: "a name of 1 to 40 letters, digits, `-` and `_`",
    example: "staging",
    pattern: "^[A-Za-z0-9_-]{1,40}$",
    fits: |text| made_of(text, 1, 40, |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
    secret: false,
};

/// The name of a variable.
pub(super) const VARIABLE: Named = Named {
    what: "the name of a variable (letters, digits and `_`)",
    example: "domain",
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,99}$",
    fits: is_variable,
    secret: false,
};

/// The name of a CloudWatch dimension.
pub(super) const DIMENSION: Named = Named {
    what: "the name of a dimension",
    example: "DBInstanceIdentifier",
    pattern: "^[ -~]{1,255}$",
    fits: |text| made_of(text, 1, 255, |b| b.is_ascii_graphic() || b == b' '),
    secret: false,
};

/// The ARN of a role.
pub(super) const ROLE: Named = Named {
    what: "the ARN of an IAM role",
    example: "arn:aws:iam::111111111111:role/cutover-read",
    pattern: "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$",
    fits: |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts[..] else { return false };
        let role = resource.strip_prefix("role/").unwrap_or_default();
        arn == "arn"
            && partition
                .strip_prefix("aws")
                .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
            && service == "iam"
            && region.is_empty()
            && made_of(account, 12, 12, |b| b.is_ascii_digit())
            && made_of(role, 1, 512, |b| b.is_ascii_alphanumeric() || b"+=,.@_/-".contains(&b))
    },
    secret: false,
};

/// The ARN or serial number of an MFA device.
pub(super) const MFA_SERIAL: Named = Named {
    what: "the ARN or serial number of an MFA device",
    example: "arn:aws:iam::111111111111:mfa/alice",
    pattern: "^[A-Za-z0-9+=/:,.@_-]{9,256}$",
    fits: |text| made_of(text, 9, 256, |b| b.is_ascii_alphanumeric() || b"+=/:,.@_-".contains(&b)),
    secret: false,
};

/// What a role's trust policy may ask for.
pub(super) const EXTERNAL_ID: Named = Named {
    what: "an external id",
    example: "cutover",
    pattern: "^[A-Za-z0-9+=,.@:/_-]{2,1224}$",
    fits: |text| made_of(text, 2, 1224, |b| b.is_ascii_alphanumeric() || b"+=,.@:/_-".contains(&b)),
    secret: false,
};

/// An AWS region.
pub(super) const REGION: Named = Named {
    what: "an AWS region",
    example: "us-west-2",
    pattern: "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
    fits: |text| {
        let parts: Vec<&str> = text.split('-').collect();
        let Some((number, places)) = parts.split_last() else { return false };
        places.len() >= 2
            && made_of(places[0], 2, 4, |b| b.is_ascii_lowercase())
            && places.iter().all(|part| made_of(part, 1, 20, |b| b.is_ascii_lowercase()))
            && made_of(number, 1, 2, |b| b.is_ascii_digit())
    },
    secret: false,
};

/// The id of a VPC peering connection.
pub(super) const PEERING: Named = Named {
    what: "the id of a VPC peering connection",
    example: "pcx-0123456789abcdef0",
    pattern: "^pcx-[0-9a-f]{8,17}$",
    fits: |text| {
        let id = text.strip_prefix("pcx-").unwrap_or_default();
        made_of(id, 8, 17, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    },
    secret: false,
};

/// The name of a record.
pub(super) const DNS_NAME: Named = Named {
    what: "a DNS name",
    example: "api.example.com",
    pattern: "^[!-~]+$",
    fits: is_dns_name,
    secret: false,
};

/// A site of Datadog's, which is the end of a host's name and no URL.
pub(super) const SITE: Named = Named {
    what: "a site of Datadog's, without `https://`; `url` takes a URL",
    example: "datadoghq.eu",
    pattern: "^[A-Za-z0-9.-]+$",
    fits: |text| {
        is_dns_name(text)
            && made_of(text, 1, 253, |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    },
    secret: false,
};

/// A hosted zone, by name or id.
pub(super) const ZONE: Named = Named {
    what: "the name or id of a hosted zone",
    example: "example.com",
    pattern: "^[!-~]+$",
    fits: |text| zone::parse(text, false).is_some(),
    secret: false,
};

/// The id of a hosted zone.
pub(super) const ZONE_ID: Named = Named {
    what: "the id of a hosted zone",
    example: "Z35SXDOTRQ7X7K",
    pattern: "^Z[A-Z0-9]{1,31}$",
    fits: zone::is_id,
    secret: false,
};

/// The name of a load balancer.
pub(super) const BALANCER: Named = Named {
    what: "the name of a load balancer (1 to 32 letters, digits and `-`)",
    example: "api-legacy",
    pattern: "^[A-Za-z0-9-]{1,32}$",
    fits: |text| made_of(text, 1, 32, |b| b.is_ascii_alphanumeric() || b == b'-'),
    secret: false,
};

/// A percentile.
pub(super) const PERCENTILE: Named = Named {
    what: "a percentile",
    example: "p99",
    pattern: r"^p[0-9]{1,2}(\.[0-9]{1,2})?$",
    fits: |text| percentile(text).is_some(),
    secret: false,
};

/// How many minutes of how many.
pub(super) const MINUTES: Named = Named {
    what: "a number of bad minutes out of at most 60",
    example: "3 of 5",
    pattern: "^[0-9]+ of [0-9]+$",
    fits: |text| minutes(text).is_some(),
    secret: false,
};

/// The name of an environment variable. A secret itself stands here when somebody misread the manual.
pub(super) const ENV_VAR: Named = Named {
    what: "the name of an environment variable; the secret itself must not stand in a runbook",
    example: "SLACK_WEBHOOK_URL",
    pattern: "^[A-Za-z_][A-Za-z0-9_]{0,99}$",
    fits: is_variable,
    secret: true,
};

/// The address of a webhook. One with a password in it would end up in plans and reports.
pub(super) const URL: Named = Named {
    what: "an http or https address without a user name in it",
    example: "https://ops.example.com/hook",
    pattern: "^https?://[^@/?#]+([/?#].*)?$",
    fits: |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        !host.is_empty() && !host.contains('@') && text.bytes().all(|b| b.is_ascii_graphic())
    },
    secret: true,
};

fn is_variable(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && made_of(text, 1, 100, |b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Returns whether the text has from `least` to `most` bytes, all of a kind.
fn made_of(text: &str, least: usize, most: usize, kind: impl Fn(u8) -> bool) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(kind)
}
