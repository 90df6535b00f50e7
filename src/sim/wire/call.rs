//! One call: whose it is, to which service, in which protocol, and how it ended.

use crate::unit::{SignedDuration, Timestamp};

use super::fault::Fault;

/// One of the AWS services that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Route 53, 2013-04-01.
    Route53,
    /// Classic load balancers, 2012-06-01.
    Elb,
    /// Application and network load balancers, 2015-12-01.
    ElbV2,
    /// Security tokens, 2011-06-15.
    Sts,
    /// CloudWatch, 2010-08-01.
    CloudWatch,
    /// Elastic Container Service, 2014-11-13.
    Ecs,
    /// Elastic Compute Cloud, 2016-11-15.
    Ec2,
    /// CloudTrail, 2013-11-01.
    CloudTrail,
}

impl Service {
    /// Returns the service's name as the aws command line writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Route53 => "route53",
            Self::Elb => "elb",
            Self::ElbV2 => "elbv2",
            Self::Sts => "sts",
            Self::CloudWatch => "cloudwatch",
            Self::Ecs => "ecs",
            Self::Ec2 => "ec2",
            Self::CloudTrail => "cloudtrail",
        }
    }

    /// Returns the XML namespace of its answers.
    pub(super) fn namespace(self) -> &'static str {
        match self {
            Self::Route53 => "https://route53.amazonaws.com/doc/2013-04-01/",
            Self::Elb => "http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/",
            Self::ElbV2 => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Ecs => "",
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            Self::CloudTrail => "http://cloudtrail.amazonaws.com/doc/2013-11-01/",
        }
    }
}

/// A call that was answered, for logs and for tests that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it arrived, in the invented world's time.
    pub at: Timestamp,
    /// To which service; nothing when that could not be told.
    pub service: Option<Service>,
    /// Such as `ChangeResourceRecordSets`; method and path when it has no name here.
    pub operation: String,
    /// Twelve-digit id of the caller's account.
    pub account: String,
    /// Change tokens that it used (law L21).
    pub change_tokens: u64,
    /// How long it takes to be answered, in the invented world's time.
    pub takes: SignedDuration,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a call ended, as the caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was answered with an error.
    Refused {
        /// HTTP status.
        status: u16,
        /// AWS error code.
        code: String,
        /// What was said.
        message: String,
    },
    /// The connection was closed without an answer.
    Dropped,
}

impl Outcome {
    pub(super) fn of<T>(result: &Result<T, Fault>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(Fault::Dropped) => Self::Dropped,
            Err(Fault::Answer { status, code, message }) => {
                Self::Refused { status: *status, code: code.clone(), message: message.clone() }
            }
        }
    }
}
