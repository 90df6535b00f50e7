//! The table of what is checked beforehand.

use super::{
    Leaf, Mapping, Shape,
    form::PEERING,
    key, needed, plain,
    top::{FLAG, LINE},
};
use Shape::List;

const SIDE: Shape = Shape::Leaf(Leaf::Word(&["legacy", "new"]));

pub(super) const PREFLIGHT: Mapping = plain(
    "a preflight",
    &[
        key(
            "min_healthy_targets",
            Shape::Leaf(Leaf::Whole(1, 100_000)),
            "healthy targets that each load balancer of new must have",
        ),
        key("ecs", List(&Shape::Mapping(&ECS), 0), "ECS services that must be steady"),
        key(
            "vpc_peering",
            List(&Shape::Mapping(&PEERING_CHECK), 0),
            "VPC peering connections that must be active",
        ),
        key(
            "capacity",
            Shape::Mapping(&CAPACITY),
            "sides whose load balancer capacity must be reserved",
        ),
        key("rehearsed", LINE, "environment in which this very runbook must have completed"),
    ],
);

const ECS: Mapping = plain(
    "an ECS check",
    &[
        needed("side", SIDE, "whose account has it"),
        needed("cluster", LINE, "its cluster"),
        needed("service", LINE, "its name"),
        key(
            "at_least",
            Shape::Leaf(Leaf::Whole(1, 100_000)),
            "tasks that must run at least; by default, of new, as many as of the legacy service that it is instead of",
        ),
        key("fewer", FLAG, "whether fewer tasks of new may run than of legacy; default false"),
    ],
);

const PEERING_CHECK: Mapping = plain(
    "a peering check",
    &[
        needed("side", SIDE, "whose account has it"),
        needed("id", Shape::Leaf(Leaf::Named(&PEERING)), "its id"),
    ],
);

const RESERVED: Shape = Shape::Leaf(Leaf::Word(&["reserved"]));

const CAPACITY: Mapping = plain(
    "a capacity check",
    &[
        key("legacy", RESERVED, "that legacy's load balancers have a reservation"),
        key("new", RESERVED, "that new's load balancers have a reservation"),
    ],
);
