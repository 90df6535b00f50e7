//! Who changed the records of a night, from the simulator's CloudTrail.

use cutover::{
    cloud::{
        Cloud as _,
        aws::{Access, Settings},
    },
    plan::{Batch, Change, ChangeAction},
    unit::Account,
};

use super::{
    process::{Result, Signal},
    sky::Sky,
};
use crate::connect;

/// Sets one of the pair's members again as it is, as somebody would by hand.
fn touch(sky: &Sky) -> Result<()> {
    let record = sky.records(&["api.example.com"], "example.com")?.remove(0);
    let access = [(Account::Dns, Access::default())].into();
    let settings = Settings {
        accesses: access,
        endpoint_url: Some(sky.url().to_owned()),
        region: Some("us-west-2".to_owned()),
        ..Settings::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let cloud = connect(&settings).await?;
        let zone = cloud.zones_named(&"example.com".parse()?).await?.remove(0).id;
        let changes = vec![Change { action: ChangeAction::Upsert, record }];
        cloud.change(&Batch { zone, changes }, "by hand").await?;
        Ok(())
    })
}

#[test]
fn an_audit_tells_the_run_s_own_batches_from_somebody_else_s_and_the_report_has_it() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("settled", 1)?;
    let audit = |sky: &Sky| -> Result<serde_json::Value> {
        let left = sky.start(&["audit"])?.end()?;
        assert_eq!(left.code, Some(0), "{}", left.said);
        Ok(serde_json::from_str(&left.printed[0])?)
    };
    let found = audit(&sky)?;
    assert_eq!(found["strangers"], serde_json::json!([]), "{found}");
    assert!(found["own"].as_u64() > Some(1) && found["own"] == found["written"], "{found}");
    touch(&sky)?;
    let found = audit(&sky)?;
    let stranger = &found["strangers"][0];
    assert_eq!(stranger["comment"], "by hand", "{found}");
    assert_eq!(
        stranger["changes"][0]["name"].as_str().map(|n| n.trim_end_matches('.')),
        Some("api.example.com")
    );
    let report = std::fs::read_to_string(sky.run_folder()?.join("report.html"))?;
    assert!(report.contains("1 batch of somebody else is about its records"));
    run.signal(Signal::Terminate)?;
    Ok(())
}
