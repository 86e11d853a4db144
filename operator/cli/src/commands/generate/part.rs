//! The files of a part.

use std::collections::BTreeSet;
use std::fs;

use minijinja::context;

use super::name::Name;
use super::site::Site;
use crate::templates::{Engine, PARTS};

/// Path below the app's folder, and text, of each.
pub fn files(site: &Site, name: &Name) -> Vec<(String, String)> {
    let kind = super::kind(site.kind);
    let revision = Revision::of(site, name);
    let broker = &site.manifest["components"]["workers"][site.pool]["broker"]["type"];
    let context = context! {
        package => &site.package,
        name => &name.module,
        path => &name.path,
        words => &name.words,
        title => &name.title,
        class => &name.class,
        auth => site.manifest.get("auth").is_some(),
        dramatiq => broker == "Dramatiq",
        arq => broker == "Arq",
        taskiq => broker == "TaskIQ",
        library => broker.as_str().unwrap_or_default().to_lowercase(),
        queue => site.queue(),
        trigger => &site.trigger,
        revision => &revision.name,
        down_revision => revision.before.as_ref().map_or("None".to_owned(), |before| format!("{before:?}")),
    };
    let engine = Engine::new();
    let those = PARTS.iter().filter_map(|(path, text)| Some((path.strip_prefix(&kind)?.strip_prefix('/')?, text)));
    let placed = |path: &str| {
        let path = path.replace("REVISION", &revision.name).replace("QUEUE", site.queue()).replace("NAME", &name.module);
        path.strip_prefix("app/").map_or(path.clone(), |rest| format!("{}/{rest}", site.package))
    };
    those.map(|(path, text)| (placed(path), engine.rendered(text, &context))).collect()
}

/// A step from one schema to the next.
struct Revision {
    name: String,
    before: Option<String>,
}

impl Revision {
    /// The one that this part has made already, else the next one.
    fn of(site: &Site, name: &Name) -> Self {
        let folder = site.folder.join(&site.package).join("migrations/versions");
        let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let texts: Vec<(String, String)> = files
            .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
            .filter_map(|path| Some((path.file_stem()?.to_str()?.to_owned(), fs::read_to_string(&path).ok()?)))
            .collect();
        let said = |text: &str, field: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(field)?.trim_start().split_once('=').map(|(_, value)| value.trim().to_owned()))?;
            line.strip_prefix('"')?.split('"').next().map(str::to_owned)
        };
        let made = texts.iter().find(|(file, _)| file.split_once('_').is_some_and(|(_, rest)| rest == name.module));
        if let Some((_, text)) = made
            && let Some(revision) = said(text, "revision")
        {
            return Self { name: revision, before: said(text, "down_revision") };
        }
        let before: BTreeSet<String> = texts.iter().filter_map(|(_, text)| said(text, "down_revision")).collect();
        let names: BTreeSet<String> = texts.iter().filter_map(|(_, text)| said(text, "revision")).collect();
        let number = names.iter().filter_map(|name| name.parse::<u32>().ok()).max().unwrap_or_default() + 1;
        Self { name: format!("{number:04}"), before: names.difference(&before).last().cloned() }
    }
}
