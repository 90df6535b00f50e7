//! Terraform itself, with AWS's provider, beside a run: what `cutover terraform` prints leaves it nothing to change. Where
//! Terraform or the provider is missing there is nothing to try.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{
    finish::once_quiet,
    process::{Result, Signal},
    sky::Sky,
};
use crate::servers::isolated;

/// Where providers lie that need no download.
const PLUGINS: &str = "/opt/tf-plugins";
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws";

/// How Terraform reaches the invented AWS.
const PROVIDERS: &str = r#"
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region                      = "us-west-2"
  access_key                  = "testing"
  secret_key                  = "testing"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  endpoints {
    route53 = "URL"
    elb     = "URL"
  }
}

data "aws_route53_zone" "main" {
  name = "example.com"
}

data "aws_elb" "old" {
  name = "api"
}
"#;

/// The record as it is before the run.
const SIMPLE: &str = r#"
import {
  to = aws_route53_record.api
  id = "${data.aws_route53_zone.main.zone_id}_api.example.com_A"
}

resource "aws_route53_record" "api" {
  zone_id = data.aws_route53_zone.main.zone_id
  name    = "api.example.com"
  type    = "A"

  alias {
    name                   = data.aws_elb.old.dns_name
    zone_id                = data.aws_elb.old.zone_id
    evaluate_target_health = false
  }
}
"#;

/// Somebody's code, which manages the record of the short runbook.
struct Code<'a> {
    sky: &'a Sky,
    folder: PathBuf,
}

impl<'a> Code<'a> {
    /// Returns the code once Terraform manages the record; nothing where Terraform is missing.
    fn managing(sky: &'a Sky) -> Result<Option<Self>> {
        let there = isolated(Path::new("terraform")).arg("version").stdin(Stdio::null()).output();
        let there = there.is_ok_and(|output| output.status.success());
        if !(there && Path::new(PLUGINS).join(PROVIDER).is_dir()) {
            eprintln!("skipped: there is no terraform with a provider in {PLUGINS}");
            return Ok(None);
        }
        let folder = sky.folder().join("code");
        fs::create_dir(&folder)?;
        let code = Self { sky, folder };
        fs::write(code.folder.join("main.tf"), PROVIDERS.replace("URL", sky.url()))?;
        code.write(SIMPLE)?;
        let (status, said) = code.terraform(&["init", "-input=false", "-plugin-dir", PLUGINS])?;
        assert_eq!(status, 0, "{said}");
        code.takes_in(1)?;
        Ok(Some(code))
    }

    fn write(&self, text: &str) -> Result<()> {
        Ok(fs::write(self.folder.join("api.tf"), text)?)
    }

    fn read(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.join("api.tf"))?)
    }

    fn terraform(&self, arguments: &[&str]) -> Result<(i32, String)> {
        let output = isolated(Path::new("terraform"))
            .args(arguments)
            .arg("-no-color")
            .env("CHECKPOINT_DISABLE", "1")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.code().unwrap_or(-1), String::from_utf8(said)?))
    }

    /// Asks what an apply would change: 0 for nothing at all, 2 for something.
    fn plan(&self) -> Result<(i32, String)> {
        self.terraform(&["plan", "-input=false", "-detailed-exitcode"])
    }

    /// Applies code that takes so many records into the state and changes none; afterwards there is nothing left to do.
    fn takes_in(&self, records: usize) -> Result<()> {
        let written = changes(self.sky);
        let (status, said) = self.plan()?;
        let summary = format!("{records} to import, 0 to add, 0 to change, 0 to destroy");
        assert!(status == 2 && said.contains(&summary), "{status}: {said}\n{}", self.read()?);
        let (status, said) = self.terraform(&["apply", "-input=false", "-auto-approve"])?;
        assert_eq!(status, 0, "{said}");
        self.has_nothing_to_do()?;
        assert_eq!(changes(self.sky), written, "Terraform has written");
        Ok(())
    }

    fn has_nothing_to_do(&self) -> Result<()> {
        let (status, said) = self.plan()?;
        assert_eq!(status, 0, "{said}\n{}", self.read()?);
        Ok(())
    }

    /// Returns what `cutover terraform` prints.
    fn patch(&self, options: &[&str]) -> Result<String> {
        let mut command: Command = isolated(Path::new(env!("CARGO_BIN_EXE_cutover")));
        command.args(["terraform", "--terraform", "code"]).args(options);
        let output = command.current_dir(self.sky.folder()).output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Replaces the record's code by what `cutover terraform` prints, which is as Terraform formats it.
    fn follow(&self) -> Result<()> {
        self.write(&self.patch(&[])?)?;
        let (status, said) = self.terraform(&["fmt", "-check", "-diff"])?;
        assert_eq!(status, 0, "{said}");
        Ok(())
    }
}

fn changes(sky: &Sky) -> usize {
    sky.calls().iter().filter(|call| call.contains("ChangeResourceRecordSets")).count()
}

/// Returns the code with the weights that its edits name, without what kept Terraform from setting any.
fn edited(code: &str, edits: &Value) -> Result<String> {
    let ignore = "\n  lifecycle {\n    ignore_changes = [weighted_routing_policy]\n  }\n";
    let mut code = code.replace(ignore, "");
    for edit in edits.as_array().ok_or("no edits")? {
        let address = edit["address"].as_str().ok_or("no address")?;
        let name = address.rsplit('.').next().ok_or("no name")?;
        let weight = edit["now"]["routing"]["weighted"]["weight"].as_u64().ok_or("no weight")?;
        let block = code.find(&format!("\"aws_route53_record\" \"{name}\"")).ok_or("no block")?;
        let from = block + code[block..].find("weight = ").ok_or("no weight")?;
        let until = from + code[from..].find('\n').ok_or("no end")?;
        code.replace_range(from..until, &format!("weight = {weight}"));
    }
    Ok(code)
}

#[test]
fn terraform_has_nothing_to_change_during_a_run_nor_after_it_nor_after_its_finish() -> Result<()> {
    let sky = Sky::calm()?;
    let Some(code) = Code::managing(&sky)? else { return Ok(()) };

    let mut run = sky.run(&["--terraform", "code"])?;
    run.said("Terraform manages aws_route53_record.api")?;
    run.until("settled", 1)?;
    run.signal(Signal::Interrupt)?;
    assert_eq!(run.end()?.code, Some(5));
    // What Terraform would do to a record that has become a pair, if nobody told it.
    assert_eq!(code.plan()?.0, 2);
    code.follow()?;
    code.takes_in(2)?;

    let left = sky.start(&["resume"])?.end()?;
    assert_eq!((left.code, sky.pair()?), (Some(0), (0, 100)), "{}", left.said);
    code.has_nothing_to_do()?;
    let patch: Value = serde_json::from_str(&code.patch(&["--output", "json"])?)?;
    assert_eq!(patch["under_way"], false);
    let during = code.read()?;
    let freed = edited(&during, &serde_json::json!([]))?;
    code.write(&freed)?;
    assert_eq!(code.plan()?.0, 2, "the weights from during the run would undo it");
    code.write(&edited(&during, &patch["pairs"][0]["edits"])?)?;
    code.has_nothing_to_do()?;

    let left = once_quiet(&sky, &[])?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    code.follow()?;
    code.takes_in(1)?;
    Ok(())
}
