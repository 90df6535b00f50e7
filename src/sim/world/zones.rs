//! What an account can call about its hosted zones as such: what they are, what they may hold, who may change them.

use super::{Operation, World, api::failure, batch, zone::HostedZone};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::{Zone, ZoneDetails, ZoneId},
    unit::{RecordName, RecordType},
};

/// Most protections that one call removes.
const MOST_UNPROTECTED: usize = 100;

impl World {
    /// Returns all hosted zones of an account.
    ///
    /// # Errors
    /// Throttling and outages.
    pub fn zones(&mut self, account: &str) -> Result<Vec<Zone>, CloudError> {
        self.admit(account, Operation::ListHostedZones, "all hosted zones", 0.0)?;
        let own = self.zones.values().filter(|zone| zone.account == account);
        Ok(own.map(|zone| zone.zone.clone()).collect())
    }

    /// Returns one hosted zone and what is told with it: how many records it has, who made it, and how far its
    /// accelerated recovery is.
    ///
    /// # Errors
    /// As [`World::records`].
    pub fn hosted_zone(
        &mut self,
        account: &str,
        id: &ZoneId,
    ) -> Result<(Zone, ZoneDetails), CloudError> {
        let zone = self.ask_zone(account, id, Operation::GetHostedZone)?;
        let details = ZoneDetails {
            records: Some(zone.records.len() as u64),
            linked_service: zone.linked_service.clone(),
            recovery: zone.recovery.clone(),
            ..ZoneDetails::default()
        };
        Ok((zone.zone.clone(), details))
    }

    /// Returns how many record sets a zone may have, and how many it has (law L18).
    ///
    /// # Errors
    /// As [`World::records`].
    pub fn most_records(&mut self, account: &str, id: &ZoneId) -> Result<(u64, u64), CloudError> {
        let zone = self.ask_zone(account, id, Operation::GetHostedZoneLimit)?;
        Ok((batch::RECORDS as u64, zone.records.len() as u64))
    }

    /// Returns the names and types that nobody may change (law L16).
    ///
    /// # Errors
    /// As [`World::records`].
    pub fn protections(
        &mut self,
        account: &str,
        id: &ZoneId,
    ) -> Result<Vec<(RecordName, RecordType)>, CloudError> {
        let zone = self.ask_zone(account, id, Operation::ListResourceRecordSetProtections)?;
        Ok(zone.protected.iter().cloned().collect())
    }

    /// Removes the protections of these names and types, 100 at most: all of them or none.
    ///
    /// # Errors
    /// As [`World::records`], a busy zone, and names and types that are not protected.
    pub fn unprotect(
        &mut self,
        account: &str,
        id: &ZoneId,
        records: &[(RecordName, RecordType)],
    ) -> Result<(), CloudError> {
        let operation = Operation::DeleteResourceRecordSetProtections;
        self.ask_zone(account, id, operation)?.check_open(operation)?;
        let now_ms = self.now_ms();
        let Some(zone) = self.zones.get_mut(id) else { return Ok(()) };
        zone.check_idle(operation, now_ms)?;
        let refused = |code, message: &str| {
            let object = format!("zone {id}");
            Err(failure(operation, &object, CloudErrorKind::Rejected, Some(code), message))
        };
        if !(1..=MOST_UNPROTECTED).contains(&records.len()) {
            return refused("InvalidInput", "A request removes 1 to 100 protections.");
        }
        if let Some((name, kind)) = records.iter().find(|record| !zone.protected.contains(*record))
        {
            let message = format!("No protection exists for {kind} {}", name.escaped());
            return refused("InvalidResourceRecordSetProtectionBatch", &message);
        }
        zone.protected.retain(|protected| !records.contains(protected));
        Ok(())
    }

    /// Admits a call about a zone, and returns the zone.
    fn ask_zone(
        &mut self,
        account: &str,
        id: &ZoneId,
        operation: Operation,
    ) -> Result<&HostedZone, CloudError> {
        self.admit(account, operation, &format!("zone {id}"), 0.0)?;
        self.zone_of(account, id, operation)
    }
}

impl HostedZone {
    /// Refuses a change to a zone that its account may not change at present. AWS documents neither code: that of a
    /// zone of another service is as people saw it, that of a locked zone is a guess.
    pub(super) fn check_open(&self, operation: Operation) -> Result<(), CloudError> {
        let (id, object) = (&self.zone.id, format!("zone {}", self.zone.id));
        if let Some(service) = &self.linked_service {
            let message =
                format!("The resource hostedzone/{id} can only be managed through {service}");
            let (kind, code) = (CloudErrorKind::Denied, Some("AccessDenied"));
            return Err(failure(operation, &object, kind, code, &message));
        }
        if self.is_locked() {
            let message = format!(
                "Hosted zone {id} is locked while its accelerated recovery is being turned on or off"
            );
            let (kind, code) = (CloudErrorKind::Rejected, Some("InvalidInput"));
            return Err(failure(operation, &object, kind, code, &message));
        }
        Ok(())
    }

    /// Refuses a change to a zone that still processes another (law L24).
    pub(super) fn check_idle(&self, operation: Operation, now_ms: i64) -> Result<(), CloudError> {
        if now_ms >= self.busy_until_ms {
            return Ok(());
        }
        let object = format!("zone {}", self.zone.id);
        let message =
            "The request was rejected because Route 53 was still processing a prior request.";
        let (kind, code) = (CloudErrorKind::Busy, Some("PriorRequestNotComplete"));
        Err(failure(operation, &object, kind, code, message))
    }
}
