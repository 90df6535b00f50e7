//! The targets of `tests/junk`, driven by what the fuzzer sees them reach. `JUNK` says which one.
#![no_main]

#[path = "../junk/mutation.rs"]
mod mutation;
#[path = "../junk/targets/mod.rs"]
mod targets;

use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use targets::{TARGETS, Target};

fn chosen() -> &'static (Target, Vec<Vec<u8>>) {
    static CHOSEN: OnceLock<(Target, Vec<Vec<u8>>)> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let name = std::env::var("JUNK").expect("JUNK names a target of tests/junk");
        let target = TARGETS.into_iter().find(|target| target.name == name);
        let target = target.expect("JUNK names a target of tests/junk");
        let corpus = (target.corpus)();
        (target, corpus)
    })
}

fuzz_target!(|data: &[u8]| (chosen().0.read)(data));

// Bytes changed blindly rarely get past a parser, so half of the changes know what a text looks like.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(2) {
        return fuzzer_mutate(data, size, max_size);
    }
    let corpus = &chosen().1;
    let other = &corpus[seed as usize / 2 % corpus.len()];
    let changed = mutation::mutated(&data[..size], other, seed.into());
    let size = changed.len().min(max_size);
    data[..size].copy_from_slice(&changed[..size]);
    size
});
