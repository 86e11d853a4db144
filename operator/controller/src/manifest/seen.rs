//! What was last seen of a manifest's content, and who is told when it changes. It reads nothing itself.

use std::{collections::HashMap, sync::Arc};

use aegis_plan::facts::Fault;
use tokio::sync::watch::Sender;

use crate::{place::AppKey, queue::Queue};

/// What was last seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Seen {
    /// Nothing yet.
    #[default]
    Nothing,
    /// Nothing came while a look waited for it.
    Late,
    /// It is not shown, for this reason.
    Hidden(Fault),
    /// There is none.
    Gone,
    /// Content by key.
    Texts(HashMap<String, Arc<str>>),
    /// The content.
    Text(Arc<str>),
}

/// What one app's manifest looks like; the app is looked at when it changes after a look.
#[derive(Clone)]
pub struct Sight {
    seen: Arc<Sender<Seen>>,
    queue: Arc<Queue>,
    key: AppKey,
}

impl Sight {
    /// Nothing was seen yet.
    pub fn new(queue: Arc<Queue>, key: AppKey) -> Self {
        Self { seen: Arc::new(Sender::new(Seen::Nothing)), queue, key }
    }

    /// Waits until something was seen.
    pub async fn first(&self) {
        self.seen.subscribe().wait_for(|seen| *seen != Seen::Nothing).await.ok();
    }

    /// What is seen now; what comes from now on is news.
    pub fn close(&self) -> Seen {
        self.seen.send_if_modified(|seen| {
            let is_nothing = *seen == Seen::Nothing;
            if is_nothing {
                *seen = Seen::Late;
            }
            is_nothing
        });
        self.seen.borrow().clone()
    }

    /// Whether nothing was ever seen.
    pub fn is_blind(&self) -> bool {
        matches!(*self.seen.borrow(), Seen::Nothing | Seen::Late)
    }

    /// That is seen now.
    pub fn tell(&self, now: Seen) {
        let mut is_first = false;
        let is_news = self.seen.send_if_modified(|seen| {
            is_first = *seen == Seen::Nothing;
            let is_news = *seen != now;
            *seen = now;
            is_news
        });
        if is_news && !is_first {
            self.queue.add(&self.key);
        }
    }
}
