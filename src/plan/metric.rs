//! Questions to CloudWatch, in our words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::unit::Minute;

/// One CloudWatch metric and statistic, at a period of a minute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MetricQuery {
    /// Such as `AWS/ApplicationELB`.
    pub namespace: String,
    /// Such as `RequestCount`.
    pub metric: String,
    /// Such as `LoadBalancer=app/api/50dc6c495c0c9188`.
    pub dimensions: BTreeMap<String, String>,
    /// Such as `Sum` or `p99`.
    pub stat: String,
}

/// The answer to one [`MetricQuery`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Whether it is the whole answer (law L54).
    pub status: SeriesStatus,
    /// What CloudWatch added in words.
    pub message: Option<String>,
    /// Datapoints; a minute without one is missing.
    pub points: BTreeMap<Minute, f64>,
}

/// What CloudWatch says of the completeness of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesStatus {
    /// All of it.
    Complete,
    /// Some of it.
    Partial,
    /// Not allowed to read it.
    Forbidden,
    /// CloudWatch failed.
    InternalError,
}
