//! Who asks Datadog for a run: what it needs of the environment.

use std::{env, rc::Rc};

use crate::{
    datadog::{Client, keys_of, problems as problems_with},
    driver::Datadog,
    notify::{Secret, Secrets},
    plan::DatadogGate,
};

/// Returns why Datadog could not be asked, each in a sentence with what to do. No key is in any of them.
pub(super) fn problems(gates: &[DatadogGate]) -> Vec<String> {
    problems_with(gates, &keys(gates))
}

/// Returns whoever asks Datadog about these gates.
pub(super) fn client(gates: &[DatadogGate]) -> Rc<dyn Datadog> {
    Rc::new(Client::new(keys(gates)))
}

/// Reads what the variables of the keys hold.
fn keys(gates: &[DatadogGate]) -> Secrets {
    let read = |(name, _): (&str, &str)| {
        let value = env::var_os(name)?;
        Some((name.to_owned(), Secret::new(value.to_str()?)))
    };
    gates.iter().flat_map(|gate| keys_of(&gate.access)).filter_map(read).collect()
}
