//! The processes that a command consists of.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::{process::Child, time};

/// How often it is looked whether a group that was told to end has done so.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a killed leader is waited for. One that hangs in the kernel must not hang cutover.
const REAP: Duration = Duration::from_secs(1);

/// A command's process group. It is killed when this is dropped, unless it was left.
#[derive(Debug)]
pub(super) struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// Returns the group that this process leads; nothing for one that has been waited for.
    pub(super) fn of(child: &Child) -> Option<Self> {
        let id = i32::try_from(child.id()?).ok()?;
        Some(Self { leader: Some(Pid::from_raw(id)?) })
    }

    /// Lets the group be: what is still in it may go on.
    pub(super) fn leave(mut self) {
        self.leader = None;
    }

    /// Asks the group to end, and kills what is left of it after this long.
    pub(super) async fn end(self, child: &mut Child, grace: Duration) {
        let Some(leader) = self.leader else { return };
        // It fails only where nobody is left to hear it.
        let _ = kill_process_group(leader, Signal::TERM);
        let _ = time::timeout(grace, gone(leader, child)).await;
        drop(self);
        let _ = time::timeout(REAP, child.wait()).await;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// Waits until nobody is left in the group.
async fn gone(leader: Pid, child: &mut Child) {
    // The leader counts as there until it has been waited for.
    let _ = child.wait().await;
    let mut looks = time::interval(LOOK_EVERY);
    while test_kill_process_group(leader).is_ok() {
        looks.tick().await;
    }
}
