//! What must hold whatever goes wrong; one function each, named after its claim.

mod forward;
mod morning;
mod people;
mod proofs;
mod writes;
mod zone;

use cutover::{
    engine::Event,
    journal::Record,
    plan::{ChangeId, Pair, Plan, RecordSet},
    unit::{RecordType, Timestamp},
};

pub(crate) use morning::{in_the_morning, the_journal_explains_the_zone, zone_and_journal_agree};

use crate::saboteur::Sent;

/// A run after an event, which is the last of its records.
pub(crate) struct Scene<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) records: &'a [Record],
    pub(crate) sent: &'a [Sent],
    /// What is in the zones, where somebody looked.
    pub(crate) live: Option<&'a [RecordSet]>,
    /// Changes that took effect and are not everywhere, where somebody asked.
    pub(crate) pending: &'a [ChangeId],
    /// Nobody has set the clock of a machine that wrote to the run's journal.
    pub(crate) steady: bool,
    /// A stranger has edited the zone, or Route 53 has lost a change of somebody else's: what was found is there no more.
    pub(crate) edited: bool,
}

type Holds = Result<(), String>;

type Invariant = fn(&Scene<'_>) -> Holds;

const ALL: [(&str, Invariant); 18] = [
    (
        "traffic_never_moves_forward_after_a_breach",
        forward::traffic_never_moves_forward_after_a_breach,
    ),
    (
        "each_step_is_held_in_full_before_the_next",
        forward::each_step_is_held_in_full_before_the_next,
    ),
    ("unknown_is_never_green", forward::unknown_is_never_green),
    ("resume_checks_gates_before_moving", forward::resume_checks_gates_before_moving),
    ("resume_reads_before_writing", forward::resume_reads_before_writing),
    ("a_step_settles_after_every_server_has_it", forward::a_step_settles_after_every_server_has_it),
    ("long_ttls_are_waited_out", forward::long_ttls_are_waited_out),
    ("a_paused_run_begins_no_step", people::a_paused_run_begins_no_step),
    ("an_aborted_run_moves_nobody_to_new", people::an_aborted_run_moves_nobody_to_new),
    ("a_fenced_run_writes_nothing", writes::a_fenced_run_writes_nothing),
    ("every_step_forward_is_fenced", writes::every_step_forward_is_fenced),
    (
        "every_change_is_journaled_before_it_is_sent",
        writes::every_change_is_journaled_before_it_is_sent,
    ),
    ("at_most_one_change_is_in_flight", writes::at_most_one_change_is_in_flight),
    (
        "only_planned_or_baseline_weights_are_ever_set",
        writes::only_planned_or_baseline_weights_are_ever_set,
    ),
    ("rolled_back_means_baseline_exactly", zone::rolled_back_means_baseline_exactly),
    ("no_zone_is_left_with_all_weights_zero_or_a_member_missing", zone::no_member_is_missing),
    ("what_the_journal_says_is_in_the_zone", zone::what_the_journal_says_is_in_the_zone),
    ("l65_weights_are_read_before_they_are_told", zone::l65_weights_are_read_before_they_are_told),
];

/// Returns the invariants that the newest event breaks.
pub(crate) fn after_an_event(scene: &Scene<'_>) -> Vec<String> {
    let newest = scene.records.last();
    let broken = |(name, holds): &(&str, Invariant)| match holds(scene) {
        Ok(()) => None,
        Err(why) => {
            let at = newest.map(|r| format!("record {} at {}", r.seq, r.at)).unwrap_or_default();
            Some(format!("{name}, at {at}: {why}"))
        }
    };
    ALL.iter().filter_map(broken).collect()
}

impl Scene<'_> {
    fn newest(&self) -> Option<&Event> {
        self.records.last().map(|record| &record.event)
    }

    fn before(&self) -> &[Record] {
        self.records.split_last().map_or(&[], |(_, before)| before)
    }

    fn at(&self) -> Timestamp {
        self.records.last().map_or(Timestamp::MIN, |record| record.at)
    }

    /// Returns true when the newest event moves traffic towards new.
    fn moves_forward(&self) -> bool {
        match self.newest() {
            Some(Event::WriteStarted { to, pairs, .. }) => !to.is_back() && !pairs.is_empty(),
            Some(Event::StepStarted { .. }) => true,
            _ => false,
        }
    }

    /// Returns what happened since the run was last taken up again, if it was.
    fn since_resumed(&self) -> Option<(&[Record], &[Record])> {
        let before = self.before();
        let at = before.iter().rposition(|r| matches!(r.event, Event::Resumed { .. }))?;
        Some(before.split_at(at))
    }
}

fn is_lock(record: &RecordSet) -> bool {
    record.kind == RecordType::Txt && record.name.as_str().starts_with("_cutover-lock.")
}

fn of_pair(pair: &Pair, live: &[RecordSet]) -> Vec<RecordSet> {
    live.iter().filter(|record| pair.owns(record)).cloned().collect()
}
