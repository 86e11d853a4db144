//! The app that gets the part: what its manifest and its folders say of it.

use std::path::PathBuf;

use aegis_crds::manifest::FILE;
use serde_json::Value;

use super::entries::Entry;
use super::{Action, Change, trigger};
use crate::args::generate::{Generate, Kind};
use crate::failure::{Failure, Failures};
use crate::json_text;
use crate::project;

/// Where the part goes.
pub struct Site {
    pub folder: PathBuf,
    pub kind: Kind,
    text: String,
    pub manifest: Value,
    /// Its Python package.
    pub package: String,
    /// Place of the pool that does a task, in components.workers.
    pub pool: usize,
    /// Arguments of a job's trigger.
    pub trigger: String,
}

impl Site {
    pub fn open(args: &Generate) -> Result<Self, Failures> {
        let (text, manifest) = project::manifest(&args.folder)?;
        let module = manifest["components"]["code"]["api"]["module"].as_str().unwrap_or_default();
        let package = module.split('.').next().unwrap_or_default().to_owned();
        if package.is_empty() || !args.folder.join(&package).join("parts.py").is_file() {
            let why = "its folders do not load what is in them: there is no parts.py in the package of components.code.api.module";
            return Err(Failure::new(args.folder.display(), why, "aegisctl init begins an app; -C names the folder of one").into());
        }
        let trigger = trigger::of(args.cron.as_deref().unwrap_or("0 2 * * *"))?;
        let mut site = Self { folder: args.folder.clone(), kind: args.kind, text, manifest, package, pool: 0, trigger };
        site.suits(args)?;
        Ok(site)
    }

    /// Whether this kind goes here, with what else was said.
    fn suits(&mut self, args: &Generate) -> Result<(), Failures> {
        for (flag, is_said, kind) in [("--worker", args.worker.is_some(), Kind::Task), ("--cron", args.cron.is_some(), Kind::Schedule)] {
            if is_said && self.kind != kind {
                let why = format!("it is for a {}, not for a {}", super::kind(kind), super::kind(self.kind));
                return Err(Failure::new(flag, why, "leave it out").into());
            }
        }
        let (needs, flag) = match self.kind {
            Kind::Endpoint | Kind::Service => return Ok(()),
            Kind::Model | Kind::Migration => ("migration", "--database postgres"),
            Kind::View | Kind::Component => ("code.frontend", "--frontend apart"),
            Kind::Worker | Kind::Task => ("workers", "--workers dramatiq"),
            Kind::Schedule => ("scheduler", "--scheduler apscheduler"),
        };
        if needs.split('.').fold(&self.manifest["components"], |value, step| &value[step]).is_null() {
            let fix = format!("see what such an app has: aegisctl init other {flag} --dry-run");
            return Err(Failure::new(
                format_args!("a {}", super::kind(self.kind)),
                format_args!("this app has no components.{needs}"),
                fix,
            )
            .into());
        }
        if let Some(wanted) = &args.worker {
            let names: Vec<&str> = self.pools().collect();
            self.pool = names.iter().position(|name| name == wanted).ok_or_else(|| {
                let fix = format!("name one of {}, or make it: aegisctl generate worker {wanted}", names.join(", "));
                Failure::new(format_args!("--worker {wanted}"), "there is no such pool in components.workers", fix)
            })?;
        }
        Ok(())
    }

    /// Names of the pools of workers.
    pub fn pools(&self) -> impl Iterator<Item = &str> {
        self.manifest["components"]["workers"].as_array().into_iter().flatten().filter_map(|pool| pool["name"].as_str())
    }

    /// The folder of a pool's queue, and so the queue's name.
    pub fn queue(&self) -> &str {
        let pool = self.pools().nth(self.pool).unwrap_or_default();
        let code = self.manifest["components"]["code"]["workers"].as_array().into_iter().flatten();
        let module = code.filter(|code| code["name"] == pool).find_map(|code| code["module"].as_str());
        module.and_then(|module| module.rsplit('.').next()).unwrap_or(pool)
    }

    /// The manifest with what is not in it yet.
    pub fn with_entries(&self, entries: &[Entry]) -> Result<Change, Failure> {
        let mut text = self.text.clone();
        for entry in entries.iter().filter(|entry| !entry.is_in(&self.manifest)) {
            text = json_text::with_item(&text, &entry.way, &entry.item);
        }
        let checked = aegis_check::check(&text);
        if let Some((_, problem)) = checked.all().next().filter(|_| checked.has_errors()) {
            let fix = format!("choose another name; {}", problem.fix);
            return Err(Failure::new(format_args!("the manifest with it, {}", problem.path), &problem.message, fix));
        }
        let action = if text == self.text { Action::Keep } else { Action::Edit };
        let added = similar::TextDiff::from_lines(&self.text, &text);
        let added = added.iter_all_changes().filter(|change| change.tag() == similar::ChangeTag::Insert);
        let added = added.map(|change| change.value().trim_end().to_owned()).collect();
        Ok(Change { path: FILE.to_owned(), action, text, added })
    }
}
