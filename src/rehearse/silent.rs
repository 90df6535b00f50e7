//! An observer for rehearsals that nobody watches.

use crate::{driver::Observer, engine::View, journal::Record};

/// Shows nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn record(&mut self, _: &Record) {}
    fn shows_views(&self) -> bool {
        false
    }

    fn view(&mut self, _: &View) {}
    fn notice(&mut self, _: &str) {}
}
