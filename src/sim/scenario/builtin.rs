//! The scenarios in the binary.

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../scenarios/", $name, ".yaml")))),*]
    };
}

/// Name and YAML text of every built-in scenario, in the order in which they are rehearsed.
pub const BUILTIN: [(&str, &str); 19] = builtin!(
    "calm",
    "errors",
    "subtle-errors",
    "slow",
    "outage",
    "cold-balancer",
    "nobody-arrives",
    "everybody-arrives",
    "traffic-missing",
    "shared-outage",
    "legacy-sick",
    "already-red",
    "metrics-late",
    "metrics-gone",
    "throttled",
    "drift",
    "crash",
    "sticky-clients",
    "control-plane-down",
);
