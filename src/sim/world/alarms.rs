//! CloudWatch's alarms: those of the stage, saying what the scenario makes them say.

use super::{Operation, World, api::failure};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::{AlarmReading, AlarmState, SeriesStatus},
    sim::stage::StageAlarm,
    unit::Timestamp,
};

/// An alarm as CloudWatch describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Whether it is made of other alarms.
    pub composite: bool,
    /// What it says.
    pub reading: AlarmReading,
}

impl World {
    /// Returns the alarms of an account, by name.
    ///
    /// # Errors
    /// Faults that keep the metrics of one of their sides from being read.
    pub fn alarms(&self, account: &str) -> Result<Vec<Alarm>, CloudError> {
        let own = self.stage.alarms.iter().filter(|alarm| alarm.account == account);
        let mut alarms = Vec::new();
        for alarm in own {
            self.may_be_read(alarm)?;
            let reading = self.says(alarm);
            alarms.push(Alarm { name: alarm.name.clone(), composite: alarm.composite, reading });
        }
        alarms.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(alarms)
    }

    fn may_be_read(&self, alarm: &StageAlarm) -> Result<(), CloudError> {
        let refusal = |kind, code, message| {
            Err(failure(Operation::DescribeAlarms, "alarms", kind, Some(code), message))
        };
        match self.faults.weather(self.now_ms()).side(alarm.side).status {
            SeriesStatus::Complete | SeriesStatus::Partial => Ok(()),
            SeriesStatus::Forbidden => refusal(
                CloudErrorKind::Denied,
                "AccessDenied",
                "the caller is not authorized to perform cloudwatch:DescribeAlarms",
            ),
            SeriesStatus::InternalError => {
                refusal(CloudErrorKind::Unclear, "InternalServiceFault", "internal error")
            }
        }
    }

    fn says(&self, alarm: &StageAlarm) -> AlarmReading {
        let (state, since_ms) = self.faults.alarm(alarm.side, &alarm.name, self.now_ms());
        let reason = match state {
            AlarmState::Ok => "Threshold Crossed: no datapoint was beyond the threshold.",
            AlarmState::Alarm => "Threshold Crossed: 1 datapoint was beyond the threshold.",
            AlarmState::InsufficientData => "Insufficient Data: 1 datapoint was unknown.",
        };
        let since = since_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        AlarmReading { state, reason: reason.to_owned(), since: since.or(Some(self.start)) }
    }
}
