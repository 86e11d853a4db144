//! Warning events about objects that do not come up, asked for seldom and kept for a moment.
//! It does not judge them.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use aegis_plan::facts::Warning;
use k8s_openapi::jiff::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;

/// How long an answer counts as new.
const FRESH: Duration = Duration::from_secs(2);

/// How long something may look suspicious before it is asked about.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a suspicion is remembered that nobody renews: longer than the time between two looks at a stuck app.
const MEMORY: Duration = Duration::from_secs(120);

/// Answers of the last moments, and since when an object is suspicious, by uid.
#[derive(Default)]
pub struct Warnings {
    known: Mutex<HashMap<String, (Instant, Vec<Warning>)>>,
    suspected: Mutex<HashMap<String, Suspicion>>,
}

struct Suspicion {
    since: Instant,
    renewed: Instant,
}

impl Warnings {
    /// Whether an object, which is suspicious now, has been so for a while.
    pub fn is_due(&self, uid: &str) -> bool {
        let mut suspected = self.suspected.lock().expect("no code panics while it holds the suspicions");
        let now = Instant::now();
        suspected.retain(|_, suspicion| now.duration_since(suspicion.renewed) < MEMORY);
        let suspicion = suspected.entry(uid.to_owned()).or_insert(Suspicion { since: now, renewed: now });
        suspicion.renewed = now;
        now.duration_since(suspicion.since) >= PATIENCE
    }

    /// The last answer, if it is new enough.
    pub fn recent(&self, uid: &str) -> Option<Vec<Warning>> {
        let known = self.known.lock().expect("no code panics while it holds the warnings");
        known.get(uid).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, warnings)| warnings.clone())
    }

    /// Keeps an answer and forgets old ones.
    pub fn keep(&self, uid: &str, warnings: Vec<Warning>) -> Vec<Warning> {
        let mut known = self.known.lock().expect("no code panics while it holds the warnings");
        known.retain(|_, (at, _)| at.elapsed() < FRESH);
        known.insert(uid.to_owned(), (Instant::now(), warnings.clone()));
        warnings
    }
}

/// Where to ask for the warnings about one object.
pub fn uri(namespace: &str, uid: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/events?limit=50&fieldSelector=involvedObject.uid%3D{uid}%2Ctype%3DWarning")
}

/// A list of events, as far as it is read.
#[derive(Deserialize)]
pub struct Answer {
    items: Vec<Event>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    involved_object: Object,
    reason: Option<String>,
    message: Option<String>,
    last_timestamp: Option<Timestamp>,
    event_time: Option<Timestamp>,
    count: Option<i32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    kind: String,
    name: String,
}

impl From<Answer> for Vec<Warning> {
    fn from(mut answer: Answer) -> Self {
        answer.items.sort_by_key(|event| event.last_timestamp.or(event.event_time));
        let warning = |event: Event| Warning {
            kind: event.involved_object.kind,
            name: event.involved_object.name,
            reason: event.reason.unwrap_or_default(),
            message: event.message.unwrap_or_default(),
            count: event.count.unwrap_or(1),
        };
        answer.items.into_iter().map(warning).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn what_is_merely_new_is_not_asked_about() {
        let warnings = Warnings::default();
        assert!(!warnings.is_due("set"));
        tokio::time::advance(PATIENCE).await;
        assert!(warnings.is_due("set") && !warnings.is_due("job"));
        tokio::time::advance(MEMORY).await;
        assert!(!warnings.is_due("set"), "what was well for long is new again");
    }

    #[test]
    fn the_newest_warning_is_last() {
        let event = |reason: &str, time: &str| json!({"involvedObject": {"kind": "Pod", "name": "x"}, "reason": reason, "lastTimestamp": time, "eventTime": null});
        let answer = json!({"items": [event("New", "2026-01-01T00:00:09Z"), event("Old", "2026-01-01T00:00:01Z")]});
        let warnings: Vec<Warning> = serde_json::from_value::<Answer>(answer).unwrap().into();
        assert_eq!(warnings.iter().map(|warning| warning.reason.as_str()).collect::<Vec<_>>(), ["Old", "New"]);
    }
}
