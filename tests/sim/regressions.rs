//! Nights that once went wrong.
