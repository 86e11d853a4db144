//! Several apps, a line each.

use kube::core::DynamicObject;
use serde::Serialize;

use super::one::colour;
use super::report::{Report, State, VERSION};
use crate::age::age;
use crate::failure::Failure;
use crate::page::{Colour, Page};
use crate::table::{Cell, Table};

/// Several apps as `-o json` prints them.
#[derive(Debug, Serialize)]
pub struct Many {
    pub version: u8,
    pub apps: Vec<Report>,
    #[serde(skip)]
    everywhere: bool,
}

impl Many {
    pub fn of<'a>(apps: impl IntoIterator<Item = &'a DynamicObject>, everywhere: bool) -> Result<Self, Failure> {
        let mut apps = apps.into_iter().map(Report::of).collect::<Result<Vec<_>, _>>()?;
        apps.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        Ok(Self { version: VERSION, apps, everywhere })
    }
}

pub fn text(found: &Many, page: &Page) -> String {
    if found.apps.is_empty() {
        return String::new();
    }
    let rows = found.apps.iter().map(|report| row(report, found.everywhere)).collect();
    Table { header: ["APP", "STATE", "API", "WORKERS", "IMAGE", "AGE", "MESSAGE"], rows }.text(page)
}

fn row(report: &Report, everywhere: bool) -> [Cell; 7] {
    let name = if everywhere { format!("{}/{}", report.namespace, report.name) } else { report.name.clone() };
    let count = |count: &Option<String>| count.clone().unwrap_or_else(|| "-".to_owned()).into();
    let is_well = report.state == State::Ready && report.reason == "Running";
    let message = if is_well { String::new() } else { report.brief() };
    [
        name.into(),
        Cell(report.reason.clone(), colour(report.state)),
        count(&report.summary.api),
        count(&report.summary.workers),
        count(&report.summary.image),
        Cell(age(&report.created), Colour::Plain),
        message.into(),
    ]
}
