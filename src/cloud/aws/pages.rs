//! How many pages of one answer are read.

use super::error::Asked;
use crate::cloud::CloudError;

/// Most pages of one answer: room for a zone of 300,000 records, and for a month of 500 series.
const MOST: u32 = 1000;

/// Counts the pages of an answer, so that a server whose pages lead in a circle is not followed for ever.
#[derive(Debug, Default)]
pub(super) struct Pages(u32);

impl Pages {
    /// Counts one more.
    ///
    /// # Errors
    /// There were too many.
    pub(super) fn turn(&mut self, asked: &Asked) -> Result<(), CloudError> {
        self.0 += 1;
        if self.0 > MOST {
            return Err(asked.nonsense(&format!("more than {MOST} pages")));
        }
        Ok(())
    }
}
