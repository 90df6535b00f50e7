//! A state file, or what `terraform show -json` prints, to what stands in it.

use serde::Deserialize;
use serde_json::Value;

use super::{Address, Scene, Seen, address::Key, attributes::Attributes};
use crate::unit::Misread;

/// Most bytes of a state that are read. Only a few attributes are kept, so that even a large one needs little memory.
pub const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The version of the state file that is read. Terraform 0.12 and later write it.
const VERSION: u64 = 4;

/// What a state says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// What stands in it. Its records are those that Terraform manages; zones and load balancers may be looked up only.
    pub scene: Scene,
    /// Managed records that could not be understood.
    pub unread: usize,
}

impl State {
    /// Takes in another state.
    pub fn merge(&mut self, other: Self) {
        self.scene.merge(other.scene);
        self.unread += other.unread;
    }
}

/// Why a text is no state that can be read. What stands in the text is not repeated: states hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidState {
    /// It is too large.
    #[error("it has {0} bytes, and at most {MOST_BYTES} are read")]
    TooLarge(usize),
    /// It is not JSON, or not of a state's form.
    #[error("it is neither a state file nor the output of `terraform show -json`: {0}")]
    Misread(Misread),
    /// It is JSON of something else.
    #[error(
        "it is neither a state file nor the output of `terraform show -json`: it has no resources"
    )]
    NoState,
    /// It is a state file of another version.
    #[error("it is a state file of version {0}, and only version {VERSION} is read")]
    Version(u64),
}

/// A state file, or the output of `terraform show -json` for a state or a plan.
#[derive(Deserialize)]
struct Document {
    version: Option<u64>,
    format_version: Option<Value>,
    resources: Option<Vec<Resource>>,
    values: Option<Values>,
    prior_state: Option<PriorState>,
}

#[derive(Deserialize)]
struct PriorState {
    values: Option<Values>,
}

#[derive(Deserialize)]
struct Values {
    root_module: Option<Module>,
}

#[derive(Deserialize)]
struct Module {
    address: Option<String>,
    #[serde(default)]
    resources: Vec<Shown>,
    #[serde(default)]
    child_modules: Vec<Self>,
}

/// A resource of a state file.
#[derive(Deserialize)]
struct Resource {
    module: Option<String>,
    mode: String,
    r#type: String,
    name: String,
    #[serde(default)]
    instances: Vec<Instance>,
}

#[derive(Deserialize)]
struct Instance {
    index_key: Option<Value>,
    deposed: Option<String>,
    attributes: Option<Attributes>,
}

/// A resource of `terraform show -json`.
#[derive(Deserialize)]
struct Shown {
    mode: String,
    r#type: String,
    name: String,
    index: Option<Value>,
    deposed_key: Option<String>,
    values: Option<Attributes>,
}

/// One instance of a resource, of whatever form.
struct Found<'a> {
    module: &'a str,
    managed: bool,
    kind: &'a str,
    name: &'a str,
    key: Option<&'a Value>,
    attributes: &'a Attributes,
}

/// Reads a state file of version 4, or the output of `terraform show -json`.
///
/// # Errors
/// It is neither, or too large.
pub fn read(text: &[u8]) -> Result<State, InvalidState> {
    if text.len() > MOST_BYTES {
        return Err(InvalidState::TooLarge(text.len()));
    }
    let document: Document =
        serde_json::from_slice(text).map_err(|error| InvalidState::Misread(Misread::of(&error)))?;
    let mut state = State::default();
    match (document.version, document.resources) {
        (Some(VERSION), resources) => {
            for resource in resources.iter().flatten() {
                state.take_resource(resource);
            }
            return Ok(state);
        }
        (Some(other), _) => return Err(InvalidState::Version(other)),
        (None, _) => {}
    }
    // A state without anything has no `values` at all.
    document.format_version.ok_or(InvalidState::NoState)?;
    let values = document.values.or_else(|| document.prior_state.and_then(|prior| prior.values));
    if let Some(root) = values.and_then(|values| values.root_module) {
        state.take_module(&root);
    }
    Ok(state)
}

impl State {
    fn take_resource(&mut self, resource: &Resource) {
        for instance in resource.instances.iter().filter(|one| one.deposed.is_none()) {
            let Some(attributes) = &instance.attributes else { continue };
            self.take(&Found {
                module: resource.module.as_deref().unwrap_or_default(),
                managed: resource.mode == "managed",
                kind: &resource.r#type,
                name: &resource.name,
                key: instance.index_key.as_ref(),
                attributes,
            });
        }
    }

    fn take_module(&mut self, module: &Module) {
        for shown in module.resources.iter().filter(|one| one.deposed_key.is_none()) {
            let Some(attributes) = &shown.values else { continue };
            self.take(&Found {
                module: module.address.as_deref().unwrap_or_default(),
                managed: shown.mode == "managed",
                kind: &shown.r#type,
                name: &shown.name,
                key: shown.index.as_ref(),
                attributes,
            });
        }
        module.child_modules.iter().for_each(|child| self.take_module(child));
    }

    fn take(&mut self, found: &Found<'_>) {
        let attributes = found.attributes;
        let scene = &mut self.scene;
        match found.kind {
            "aws_route53_record" if found.managed => match seen(found) {
                Some(seen) => scene.records.push(seen),
                None => self.unread += 1,
            },
            "aws_route53_zone" => {
                attributes.zone().into_iter().for_each(|zone| scene.add_zone(zone));
            }
            "aws_lb" | "aws_alb" | "aws_elb" => {
                let balancer = attributes.balancer(found.kind == "aws_elb");
                balancer.into_iter().for_each(|balancer| scene.add_balancer(balancer));
            }
            _ => {}
        }
    }
}

fn seen(found: &Found<'_>) -> Option<Seen> {
    let key = match found.key {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Key::Text(text.clone())),
        Some(number) => Some(Key::Number(number.as_u64()?)),
    };
    let address = Address::new(found.module, found.kind, found.name, key)?;
    let (zone, record) = found.attributes.record()?;
    Some(Seen { zone, record, address: Some(address) })
}
