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

/// The same with what is asked for less often.
pub fn wide(found: &Many, page: &Page) -> String {
    if found.apps.is_empty() {
        return String::new();
    }
    let row = |report: &Report| {
        let [name, state, api, workers, image, age, message] = row(report, found.everywhere);
        let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned()).into();
        let url = report.routes.first().map(|route| route.url.clone());
        let next = report.summary.next_run.as_ref().map(|time| time.0.to_string());
        [name, state, api, workers, image, word(&report.release), word(&url), word(&next), age, message]
    };
    let header = ["APP", "STATE", "API", "WORKERS", "IMAGE", "RELEASE", "URL", "NEXT RUN", "AGE", "MESSAGE"];
    Table { header, rows: found.apps.iter().map(row).collect() }.text(page)
}

/// The names, as kubectl takes them.
pub fn names(found: &Many) -> String {
    found.apps.iter().map(name).collect::<Vec<_>>().join("\n")
}

pub fn name(report: &Report) -> String {
    format!("aegisapp.aegis.dev/{}", report.name)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wide_has_more_columns_and_names_are_what_kubectl_takes() {
        let status = json!({"observedGeneration": 1, "release": "5f0c1a77de", "summary": {"image": "1.4.2"},
            "routes": [{"name": "public", "url": "https://shop.example.com", "ready": true, "reason": "Accepted"}]});
        let app = json!({"metadata": {"name": "shop", "namespace": "prod", "generation": 1}, "status": status});
        let found = Many::of(&[serde_json::from_value(app).unwrap()], false).unwrap();
        let page = Page { columns: 200, colour: false, is_live: false };
        let (narrow, wide) = (text(&found, &page), wide(&found, &page));
        for word in ["5f0c1a77de", "https://shop.example.com"] {
            assert!(wide.contains(word) && !narrow.contains(word), "{wide}\n{narrow}");
        }
        assert_eq!(names(&found), "aegisapp.aegis.dev/shop");
    }
}
