//! The records of a zone, by name.

use std::collections::BTreeSet;

use aws_sdk_route53::{
    Client, operation::list_resource_record_sets::ListResourceRecordSetsOutput as Page,
};
use tokio::task::JoinSet;

use super::{
    error::Asked,
    pages::Pages,
    record,
    search::{Cursor, Search, Stretch},
};
use crate::{
    cloud::CloudError,
    plan::{RecordSet, ZoneId},
    unit::RecordName,
};

/// Up to this many names are asked for one by one, all at the same time, which is one round wherever they stand in the
/// zone; more are searched for in whole pages.
const MOST_SINGLE_NAMES: usize = 8;

/// Questions under way at the same time. Route 53 allows a burst of 50, which others share (law L20).
const MOST_AT_ONCE: usize = 10;

/// Names that a search may miss and that are then asked for one by one; when it misses more, the whole zone is read.
const MOST_MISSED: usize = 30;

/// Records in an answer to a question about one name: all types and members that a name usually has.
const NAME_PAGE: i32 = 30;

/// Records in an answer to a question about a zone: the most that Route 53 gives (law L31).
const ZONE_PAGE: i32 = 300;

/// Returns all records at these names, those of one name together.
pub(super) async fn records_at(
    client: &Client,
    zone: &ZoneId,
    names: &[RecordName],
) -> Result<Vec<RecordSet>, CloudError> {
    let zone = Zone { client: client.clone(), id: zone.clone() };
    let names: BTreeSet<_> = names.iter().cloned().collect();
    if names.len() <= MOST_SINGLE_NAMES {
        return zone.each(names).await;
    }
    let mut search = Search::new(names.iter().cloned());
    let mut records = zone.search(&mut search).await?;
    let missing: BTreeSet<_> = search.missing().cloned().collect();
    if missing.len() <= MOST_MISSED {
        records.extend(zone.each(missing).await?);
        // What was read together comes in the order of the names.
        records.sort_by(|one, other| one.name.cmp(&other.name));
        return Ok(records);
    }
    zone.all(&names).await
}

/// A zone to be read.
#[derive(Debug, Clone)]
struct Zone {
    client: Client,
    id: ZoneId,
}

impl Zone {
    /// Asks for each name by itself.
    async fn each(&self, names: BTreeSet<RecordName>) -> Result<Vec<RecordSet>, CloudError> {
        let mut waiting = names.into_iter();
        let mut tasks = JoinSet::new();
        let mut records = Vec::new();
        loop {
            for name in waiting.by_ref().take(MOST_AT_ONCE.saturating_sub(tasks.len())) {
                let zone = self.clone();
                tasks.spawn(async move { zone.one(&name).await });
            }
            let Some(done) = tasks.join_next().await else { break };
            records.extend(done.map_err(|error| self.asked().refused(error.to_string()))??);
        }
        // The answers come in any order. Sorting keeps that of one name's records.
        records.sort_by(|one: &RecordSet, other| one.name.cmp(&other.name));
        Ok(records)
    }

    /// Reads the pages of a search.
    async fn search(&self, search: &mut Search) -> Result<Vec<RecordSet>, CloudError> {
        let mut tasks = JoinSet::new();
        let mut records = Vec::new();
        let mut pages = Pages::default();
        loop {
            while tasks.len() < MOST_AT_ONCE
                && let Some(stretch) = search.next()
            {
                pages.turn(&self.asked())?;
                let zone = self.clone();
                tasks.spawn(async move {
                    let answer = zone.stretch(&stretch).await;
                    answer.map(|(found, next)| (stretch, found, next))
                });
            }
            let Some(done) = tasks.join_next().await else { return Ok(records) };
            let done = done.map_err(|error| self.asked().refused(error.to_string()))?;
            let (stretch, found, next) = done?;
            let seen: Vec<RecordName> = found.iter().map(|record| record.name.clone()).collect();
            search.learn(&stretch, &seen, next);
            records.extend(found);
        }
    }

    async fn stretch(
        &self,
        stretch: &Stretch,
    ) -> Result<(Vec<RecordSet>, Option<Cursor>), CloudError> {
        let asked = self.asked();
        let page = self.page(&stretch.start, ZONE_PAGE, &asked).await?;
        let next = next(&page, &stretch.start, &asked)?;
        let mut records = Vec::new();
        for listed in page.resource_record_sets {
            // A name that does not parse cannot be one of ours.
            if let Ok(name) = listed.name.parse::<RecordName>()
                && stretch.has(&name)
            {
                records.push(record::read(name, listed, &asked)?);
            }
        }
        Ok((records, next))
    }

    /// Returns the records of one name.
    async fn one(&self, name: &RecordName) -> Result<Vec<RecordSet>, CloudError> {
        let asked = Asked::new("ListResourceRecordSets", format!("{name} in zone {}", self.id));
        let mut cursor = Cursor::at(name);
        let mut records = Vec::new();
        let mut pages = Pages::default();
        loop {
            pages.turn(&asked)?;
            let page = self.page(&cursor, NAME_PAGE, &asked).await?;
            let next = next(&page, &cursor, &asked);
            for listed in page.resource_record_sets {
                match listed.name.parse::<RecordName>() {
                    Ok(found) if found == *name => {
                        records.push(record::read(found, listed, &asked)?);
                    }
                    // The start means "from here on", so the first other name ends the records of this one.
                    Ok(_) | Err(_) => return Ok(records),
                }
            }
            match next? {
                Some(next) => cursor = next,
                None => return Ok(records),
            }
        }
    }

    /// Reads the whole zone, page after page.
    async fn all(&self, names: &BTreeSet<RecordName>) -> Result<Vec<RecordSet>, CloudError> {
        let asked = self.asked();
        let mut cursor = Cursor::default();
        let mut records = Vec::new();
        let mut pages = Pages::default();
        loop {
            pages.turn(&asked)?;
            let page = self.page(&cursor, ZONE_PAGE, &asked).await?;
            let next = next(&page, &cursor, &asked)?;
            for listed in page.resource_record_sets {
                if let Ok(name) = listed.name.parse::<RecordName>()
                    && names.contains(&name)
                {
                    records.push(record::read(name, listed, &asked)?);
                }
            }
            match next {
                Some(next) => cursor = next,
                None => return Ok(records),
            }
        }
    }

    async fn page(&self, start: &Cursor, size: i32, asked: &Asked) -> Result<Page, CloudError> {
        self.client
            .list_resource_record_sets()
            .hosted_zone_id(&self.id.0)
            .set_start_record_name(start.name.clone())
            .set_start_record_type(start.kind.clone())
            .set_start_record_identifier(start.set_identifier.clone())
            .max_items(size)
            .send()
            .await
            .map_err(|error| asked.failed(error))
    }

    fn asked(&self) -> Asked {
        Asked::new("ListResourceRecordSets", format!("zone {}", self.id))
    }
}

/// Returns where the zone goes on after a page, if it does.
fn next(page: &Page, start: &Cursor, asked: &Asked) -> Result<Option<Cursor>, CloudError> {
    if !page.is_truncated {
        return Ok(None);
    }
    let next = Cursor {
        name: page.next_record_name.clone(),
        kind: page.next_record_type.clone(),
        set_identifier: page.next_record_identifier.clone(),
    };
    if next.name.is_none() || next == *start {
        return Err(asked.nonsense("a page that does not lead to the next one"));
    }
    Ok(Some(next))
}
