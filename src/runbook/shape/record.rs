//! The table of what moves.

use super::{
    Key, Leaf, Mapping, Shape,
    form::{BALANCER, DNS_NAME, ZONE, ZONE_ID},
    key, needed, plain,
    top::{FLAG, LINE},
};
use Shape::List;

pub(super) const RECORD: Mapping = plain(
    "a record",
    &[
        needed("name", Shape::Leaf(Leaf::Named(&DNS_NAME)), "the name"),
        needed("zone", Shape::Leaf(Leaf::Named(&ZONE)), "hosted zone, by name or id"),
        key("private", FLAG, "whether the private zone of that name is meant; default false"),
        key(
            "types",
            List(&Shape::Leaf(Leaf::Word(&["A", "AAAA", "CNAME", "TXT"])), 1),
            "which types move; default A for load balancers, CNAME for `value`",
        ),
        key(
            "ttl",
            Shape::Leaf(Leaf::Ttl),
            "TTL of `value` targets, in seconds; lowered in prepare if the live one is longer",
        ),
        needed("legacy", Shape::Mapping(&TARGET), "where it points in the legacy environment"),
        needed("new", Shape::Mapping(&TARGET), "where it points in the new environment"),
    ],
);

const BALANCER_NAME: Shape = Shape::Leaf(Leaf::Named(&BALANCER));
const ELB: Key = key("elb", BALANCER_NAME, "classic load balancer, by name");
const ALB: Key = key("alb", BALANCER_NAME, "application load balancer, by name");
const NLB: Key =
    key("nlb", BALANCER_NAME, "network load balancer, by name; it has no HTTP metrics");

const TARGET: Mapping = Mapping {
    noun: "a target",
    keys: &[
        ELB,
        ALB,
        NLB,
        key("value", LINE, "a plain value: a host name for CNAME, an address for A and AAAA"),
        key("values", List(&LINE, 1), "the same as a list; a weighted record holds exactly one"),
        key("alias", Shape::Mapping(&ALIAS), "an alias written out"),
        key(
            "evaluate_target_health",
            FLAG,
            "for aliases: whether Route 53 stops answering with it while its targets are unhealthy; default false",
        ),
        key(
            "metrics",
            Shape::Mapping(&METRICS_OF),
            "load balancer whose metrics tell about this side, if the target is not it",
        ),
    ],
    one_of: &["elb", "alb", "nlb", "value", "values", "alias"],
    beside: &[],
};

const ALIAS: Mapping = plain(
    "an alias",
    &[
        needed("dns_name", Shape::Leaf(Leaf::Named(&DNS_NAME)), "DNS name of the alias target"),
        needed("zone_id", Shape::Leaf(Leaf::Named(&ZONE_ID)), "hosted zone id of the alias target"),
    ],
);

const METRICS_OF: Mapping = Mapping {
    noun: "the place of the metrics",
    keys: &[ELB, ALB, NLB],
    one_of: &["elb", "alb", "nlb"],
    beside: &[],
};
