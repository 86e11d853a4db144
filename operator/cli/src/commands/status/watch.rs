//! `status --watch`: prints again whenever something changes, until it is interrupted.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::StreamExt;
use kube::ResourceExt;
use kube::core::DynamicObject;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};

use super::many::Many;
use super::report::Report;
use super::{gone, read};
use crate::args::apps::StatusFormat;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;

/// Where and how it is printed, and what was printed last.
struct Screen<'a> {
    output: &'a Output,
    format: StatusFormat,
    last: String,
}

pub async fn one(connection: &Connection, name: &str, format: StatusFormat, output: &Output) -> Result<(), Failure> {
    // What is missing or forbidden is told before the watch, which would try again for ever.
    read::one(connection, name).await?;
    let mut screen = Screen { output, format, last: String::new() };
    let mut seen = pin!(watcher::watch_object(connection.apps(), name).default_backoff());
    while let Some(app) = seen.next().await {
        match app {
            Ok(Some(app)) => screen.show(super::one(&Report::of(&app)?, format, &output.data_page)),
            Ok(None) => return Err(gone(name)),
            Err(error) => output.warning(format_args!("the watch broke off and begins again: {error}")),
        }
    }
    Ok(())
}

pub async fn many(connection: &Connection, everywhere: bool, format: StatusFormat, output: &Output) -> Result<(), Failure> {
    read::many(connection, everywhere).await?;
    let mut screen = Screen { output, format, last: String::new() };
    let apps = if everywhere { connection.all_apps() } else { connection.apps() };
    let mut events = pin!(watch(apps, watcher::Config::default()).default_backoff());
    let mut known = BTreeMap::new();
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                output.warning(format_args!("the watch broke off and begins again: {error}"));
                continue;
            }
        };
        if learn(&mut known, event) {
            screen.show(super::many(&Many::of(known.values(), everywhere)?, format, &output.data_page));
        }
    }
    Ok(())
}

/// Takes in what was seen; whether there is now something to show.
fn learn(known: &mut BTreeMap<(String, String), DynamicObject>, event: Event<DynamicObject>) -> bool {
    let key = |app: &DynamicObject| (app.namespace().unwrap_or_default(), app.name_any());
    match event {
        Event::Init => known.clear(),
        Event::InitDone => return true,
        Event::InitApply(app) => drop(known.insert(key(&app), app)),
        Event::Apply(app) => {
            known.insert(key(&app), app);
            return true;
        }
        Event::Delete(app) => {
            known.remove(&key(&app));
            return true;
        }
    }
    false
}

impl Screen<'_> {
    /// On a terminal in place of what was there; elsewhere one after the other.
    fn show(&mut self, text: String) {
        if text == self.last {
            return;
        }
        if self.output.data_page.is_live && matches!(self.format, StatusFormat::Table | StatusFormat::Wide) {
            self.output.replace(&text);
        } else {
            let between = match self.format {
                _ if self.last.is_empty() => "",
                StatusFormat::Yaml => "---\n",
                StatusFormat::Table | StatusFormat::Wide => "\n",
                StatusFormat::Json | StatusFormat::Name => "",
            };
            self.output.data(format_args!("{between}{text}"));
        }
        self.last = text;
    }
}
