//! Where it runs.

use crate::runbook::{
    model::{Access, Environment},
    read::Fields,
};

/// Returns the environment of this name; the SDK's defaults where the runbook has none.
pub(super) fn environment(root: Fields<'_>, name: Option<&str>) -> Option<Environment> {
    let Some(name) = name else { return Some(Environment::default()) };
    let fields = root.under("environments").under(name);
    Some(Environment {
        name: Some(name.to_owned()),
        dns: access(fields.under("dns"))?,
        legacy: access(fields.under("legacy"))?,
        new: access(fields.under("new"))?,
    })
}

fn access(fields: Fields<'_>) -> Option<Access> {
    Some(Access {
        profile: fields.text("profile").optional()?,
        role: fields.text("role").optional()?,
        external_id: fields.text("external_id").optional()?,
        mfa_serial: fields.text("mfa_serial").optional()?,
        region: fields.text("region").optional()?,
    })
}
