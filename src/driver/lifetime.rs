//! Credentials that would end while a step could still have to be taken back (law L66): such a step is not written.

use crate::{
    cloud::{Cloud, CloudError, CloudErrorKind, Lifetime},
    engine::{Engine, Position},
    plan::{Needed, Plan, needed},
    unit::{Account, Timestamp},
};

/// Returns how long the credentials have to last for what is about to be written; nothing for what is no step.
pub(super) fn of(engine: &Engine, to: Position) -> Option<Needed> {
    match to {
        Position::Shift(shift) => needed(engine.plan(), shift),
        // The way back is tried with whatever there is.
        Position::Prepared | Position::Safe | Position::Baseline | Position::Finished => None,
    }
}

/// Asks whether the credentials last long enough, right before they are used; whoever can renew them does so now.
///
/// # Errors
/// They do not, and nothing should be sent.
pub(super) async fn outlasts<C: Cloud>(
    cloud: &C,
    needed: Option<Needed>,
    now: Timestamp,
) -> Result<(), CloudError> {
    let Some(needed) = needed else { return Ok(()) };
    let Some(Lifetime { ends, renewable }) = cloud.lifetime(Account::Dns).await else {
        return Ok(());
    };
    needed.within(ends, renewable, now).map_err(|why| CloudError {
        operation: "ChangeResourceRecordSets".to_owned(),
        object: format!("step {}", needed.step),
        kind: CloudErrorKind::Credentials,
        code: None,
        message: format!("it was not sent: {why}; sign in again, then go on with `cutover resume`"),
    })
}

/// Returns why a plan cannot begin with the credentials that there are: its first step could not be written.
pub async fn too_short<C: Cloud>(cloud: &C, plan: &Plan, now: Timestamp) -> Option<String> {
    let needed = needed(plan, 0)?;
    let Lifetime { ends, renewable } = cloud.lifetime(Account::Dns).await?;
    let why = needed.within(ends, renewable, now).err()?;
    Some(format!("step {}: {why}; sign in again first", needed.step))
}
