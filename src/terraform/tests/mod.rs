//! The room as a whole: from states that Terraform 1.11 and its AWS provider 5.100 wrote to runbooks and patches.

mod draft;
mod patch;
mod state;

use super::*;

const STATE: &[u8] = include_bytes!("../../../tests/fixtures/terraform.tfstate");
