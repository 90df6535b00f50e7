//! Measures what design.md gives numbers for.
fn main() {}
