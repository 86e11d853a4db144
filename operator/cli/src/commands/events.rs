//! `events`: what the cluster says of an app and of all its objects, also of pods that are gone. It changes nothing.

use std::collections::HashMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::Event;
use kube::ResourceExt;
use kube::api::ListParams;
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use super::status::read::answer;
use crate::age::age;
use crate::args::look::Events;
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::objects::Objects;
use crate::output::Output;
use crate::page::{Colour, Page};
use crate::refusal;
use crate::table::{Cell, Table};

/// Version of the printed JSON and YAML.
const VERSION: u8 = 1;
/// Between two looks for what is new.
const LOOK: Duration = Duration::from_secs(2);
/// Kinds whose pods and jobs have their name as a start.
const MAKERS: [&str; 5] = ["Deployment", "StatefulSet", "ReplicaSet", "CronJob", "Job"];

/// One event as `-o json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// When it happened last.
    last: String,
    #[serde(rename = "type")]
    type_: String,
    reason: String,
    /// The part of the app; empty for the app itself.
    role: String,
    object: String,
    count: i32,
    message: String,
}

#[derive(Serialize)]
struct Report<'a> {
    version: u8,
    events: &'a [Told],
}

pub fn run(args: &Events, output: &Output) -> Result<(), Failure> {
    connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        tokio::select! {
            shown = show(&connection, args, output) => shown,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })?
}

async fn show(connection: &Connection, args: &Events, output: &Output) -> Result<(), Failure> {
    let mut known = HashMap::new();
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        let objects = Objects::of(connection, &args.name).await?;
        if known.is_empty() {
            unknown_role(&objects, args)?;
        }
        let listed = answer(connection, connection.namespaced::<Event>().list(&ListParams::default())).await?;
        let listed = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
        let is_new = |event: &&Event| known.get(&event.uid()) != Some(&event.resource_version());
        let mut new: Vec<Told> = listed.iter().filter(is_new).filter_map(|event| told(event, &objects, args)).collect();
        new.sort_by(|a, b| a.last.cmp(&b.last));
        let is_first = known.is_empty();
        known = listed.iter().map(|event| (event.uid(), event.resource_version())).chain([(None, None)]).collect();
        print(&new, args, is_first, output);
        if !args.follow {
            if new.is_empty() {
                output.note(format_args!("Nothing was told of {} lately; a cluster forgets events, usually after an hour.", args.name));
            }
            output.note(format_args!("Next: aegisctl status {} -n {}", args.name, connection.namespace));
            return Ok(());
        }
        ticks.tick().await;
    }
}

fn print(new: &[Told], args: &Events, is_first: bool, output: &Output) {
    match args.output.written(&Report { version: VERSION, events: new }) {
        None if new.is_empty() => {}
        None => output.data(table(new, is_first, &output.data_page)),
        // one document for each of those that come
        Some(_) if args.follow => {
            new.iter().for_each(|event| output.data(serde_json::to_string(event).expect("plain data is writable as JSON")))
        }
        Some(text) => output.data(text),
    }
}

fn table(new: &[Told], has_header: bool, page: &Page) -> String {
    let row = |event: &Told| {
        let colour = if event.type_ == "Warning" { Colour::Yellow } else { Colour::Plain };
        let count = if event.count > 1 { format!(" (x{})", event.count) } else { String::new() };
        [
            age(&event.last).into(),
            Cell(event.type_.clone(), colour),
            event.reason.clone().into(),
            event.object.clone().into(),
            format!("{}{count}", event.message.trim_end()).into(),
        ]
    };
    let text = Table { header: ["AGE", "TYPE", "REASON", "OBJECT", "MESSAGE"], rows: new.iter().map(row).collect() }.text(page);
    if has_header { text } else { text.split_once('\n').map_or_else(String::new, |(_, rows)| rows.to_owned()) }
}

/// An event that is meant, as it is printed.
fn told(event: &Event, objects: &Objects, args: &Events) -> Option<Told> {
    let about = &event.involved_object;
    let (kind, name) = (about.kind.clone().unwrap_or_default(), about.name.clone().unwrap_or_default());
    let role = role(objects, &kind, &name, about.uid.as_deref().unwrap_or_default())?;
    let type_ = event.type_.clone().unwrap_or_default();
    let is_meant = args.role.as_ref().is_none_or(|wanted| is_of(&role, wanted));
    let is_type = args.types.is_empty() || args.types.iter().any(|wanted| format!("{wanted:?}") == type_);
    let count = event.series.as_ref().and_then(|series| series.count).or(event.count).unwrap_or(1);
    (is_meant && is_type).then(|| Told {
        last: last(event),
        type_,
        reason: event.reason.clone().unwrap_or_default(),
        role,
        object: format!("{kind}/{name}"),
        count,
        message: event.message.clone().unwrap_or_default(),
    })
}

/// When it happened last.
pub fn last(event: &Event) -> String {
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0.to_string());
    let seen = event.last_timestamp.as_ref().map(|time| time.0.to_string());
    let at = event.event_time.as_ref().map(|time| time.0.to_string());
    series.or(seen).or(at).or_else(|| event.creation_timestamp().map(|time| time.0.to_string())).unwrap_or_default()
}

/// The part of the app that an object is of, or was while it was there; none if it is not of the app.
fn role(objects: &Objects, kind: &str, name: &str, uid: &str) -> Option<String> {
    if objects.app.uid().as_deref() == Some(uid) || (kind == "AegisApp" && objects.app.name_any() == name) {
        return Some(String::new());
    }
    if let Some(object) = objects.all.iter().find(|object| object.uid == uid || (object.kind.kind == kind && object.name == name)) {
        return Some(object.part());
    }
    let is_made = ["Pod", "Job", "ReplicaSet"].contains(&kind);
    let makes = |maker: &str| name.strip_prefix(maker).is_some_and(|rest| rest.starts_with('-'));
    let mut makers = objects.all.iter().filter(|object| is_made && MAKERS.contains(&object.kind.kind) && makes(&object.name));
    makers.next().map(|maker| maker.part())
}

fn is_of(part: &str, wanted: &str) -> bool {
    part == wanted || part.split_once('/').is_some_and(|(_, role)| role == wanted)
}

/// A role that the app has not.
fn unknown_role(objects: &Objects, args: &Events) -> Result<(), Failure> {
    let Some(wanted) = &args.role else { return Ok(()) };
    let mut parts: Vec<String> = objects.all.iter().map(|object| object.part()).filter(|part| !part.is_empty()).collect();
    parts.sort();
    parts.dedup();
    if parts.iter().any(|part| is_of(part, wanted)) {
        return Ok(());
    }
    let names: Vec<&str> = parts.iter().map(|part| part.rsplit('/').next().unwrap_or(part)).collect();
    let fix = match aegis_plan::nearest::nearest(wanted, names.iter().copied()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("name one of these: {}", names.join(", ")),
    };
    Err(Failure::new(format_args!("{} has no role {wanted}", args.name), format_args!("it has {}", names.join(", ")), fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{Health, Object, State};
    use aegis_plan::Kind;
    use k8s_openapi::api::apps::v1::Deployment;
    use serde_json::json;

    fn objects() -> Objects {
        let app = serde_json::from_value(json!({"metadata": {"name": "shop", "uid": "app"}})).unwrap();
        let deployment = Object {
            node: None,
            kind: Kind::of::<Deployment>(),
            name: "shop-worker--mail".into(),
            uid: "1".into(),
            owner: Some("app".into()),
            section: "workers".into(),
            role: "mail".into(),
            created: String::new(),
            state: State { health: Health::Good, count: None, word: String::new() },
        };
        Objects { app, all: vec![deployment], hidden: vec![] }
    }

    #[test]
    fn events_of_pods_that_are_gone_are_the_roles_too() {
        let role = |kind, name, uid| role(&objects(), kind, name, uid);
        assert_eq!(role("AegisApp", "shop", "app"), Some(String::new()));
        assert_eq!(role("Deployment", "shop-worker--mail", "1"), Some("workers/mail".into()));
        assert_eq!(role("Pod", "shop-worker--mail-5d9c-x2x4q", "gone"), Some("workers/mail".into()));
        assert_eq!(role("Pod", "shop-worker--mailing-5d9c-x2x4q", "gone"), None);
        assert_eq!(role("Pod", "shopping-1", "gone"), None);
        assert!(is_of("workers/mail", "mail") && is_of("api", "api") && !is_of("workers/mail", "ai"));
    }

    #[test]
    fn the_time_of_an_event_is_when_it_happened_last() {
        let event = |rest| serde_json::from_value::<Event>(rest).unwrap();
        let metadata = json!({"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"});
        let rest = json!({"metadata": metadata, "involvedObject": {}, "lastTimestamp": "2026-01-02T00:00:00Z"});
        assert_eq!(last(&event(rest)), "2026-01-02T00:00:00Z");
        let rest = json!({"metadata": metadata, "involvedObject": {}, "eventTime": "2026-01-01T00:00:00.000000Z",
            "series": {"count": 3, "lastObservedTime": "2026-01-03T00:00:00.000000Z"}});
        assert_eq!(last(&event(rest)), "2026-01-03T00:00:00Z");
    }
}
