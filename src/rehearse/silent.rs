//! An observer for rehearsals that nobody watches.

use crate::{driver::Observer, engine::View, journal::Record};

/// Shows nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn record(&mut self, r: &Record) {
        eprintln!("REC {:?}", r.event)
    }
    fn shows_views(&self) -> bool {
        false
    }

    fn view(&mut self, _: &View) {}
    fn notice(&mut self, t: &str) {
        eprintln!("NOTICE {t}")
    }
}
