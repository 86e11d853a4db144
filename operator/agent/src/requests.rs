//! The requests that change something or show messages. Who may send them is decided before.
//! Each takes and gives JSON; a browser's form cannot send them.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State as Shared},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::Pool,
    enqueue::{self, Asked, Enqueued, queue},
    fault::Fault,
    library::{Message, State},
    pages::Served,
};

/// Most messages that one request shows.
const MOST: usize = 100;
/// Most messages that one request puts back.
const MOST_RETRIED: usize = 1000;

type Answer = Result<Json<Value>, Fault>;

/// All of them.
pub fn router() -> Router<Arc<Served>> {
    Router::new()
        .route("/enqueue", post(enqueue))
        .route("/messages", get(messages))
        .route("/retry", post(retry))
        .route("/purge", post(purge))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
}

/// Some messages of a queue.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Some {
    worker: String,
    queue: Option<String>,
    #[serde(default)]
    state: State,
    limit: Option<usize>,
    #[serde(default)]
    bodies: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Purged {
    worker: String,
    queue: Option<String>,
    // nobody purges by leaving a word out
    state: State,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Paused {
    worker: String,
    seconds: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resumed {
    worker: String,
}

async fn enqueue(Shared(served): Shared<Arc<Served>>, Json(asked): Json<Asked>) -> Result<Json<Enqueued>, Fault> {
    enqueue::enqueue(&served.app, asked).await.map(Json)
}

async fn messages(Shared(served): Shared<Arc<Served>>, Query(asked): Query<Some>) -> Answer {
    let pool = pool(&served, &asked.worker)?;
    let queue = queue(pool, asked.queue.as_deref())?;
    let limit = asked.limit.unwrap_or(20).clamp(1, MOST);
    let mut found: Vec<Message> = pool.library.peek(&pool.broker.link().await?, &pool.worker.key(queue), asked.state, limit).await?;
    if !asked.bodies {
        found.iter_mut().for_each(|message| message.body = None);
    }
    Ok(Json(json!({"messages": found})))
}

async fn retry(Shared(served): Shared<Arc<Served>>, Json(asked): Json<Some>) -> Answer {
    let pool = pool(&served, &asked.worker)?;
    let queue = queue(pool, asked.queue.as_deref())?;
    let limit = asked.limit.unwrap_or(MOST_RETRIED).clamp(1, MOST_RETRIED);
    let moved = pool.library.retry(&pool.broker.link().await?, &pool.worker.key(queue), limit).await?;
    Ok(Json(json!({"retried": moved})))
}

async fn purge(Shared(served): Shared<Arc<Served>>, Json(asked): Json<Purged>) -> Answer {
    let pool = pool(&served, &asked.worker)?;
    let queue = queue(pool, asked.queue.as_deref())?;
    let removed = pool.library.purge(&pool.broker.link().await?, &pool.worker.key(queue), asked.state).await?;
    Ok(Json(json!({"purged": removed})))
}

async fn pause(Shared(served): Shared<Arc<Served>>, Json(asked): Json<Paused>) -> Answer {
    served.holds.begin(pool(&served, &asked.worker)?, asked.seconds).await?;
    Ok(Json(json!({"paused": true})))
}

async fn resume(Shared(served): Shared<Arc<Served>>, Json(asked): Json<Resumed>) -> Answer {
    served.holds.end(pool(&served, &asked.worker)?).await?;
    Ok(Json(json!({"paused": false})))
}

fn pool<'a>(served: &'a Served, name: &str) -> Result<&'a Pool, Fault> {
    let found = served.app.pool(name).ok_or_else(|| Fault::Unknown(format!("the app has no worker pool {name} with a broker")))?;
    Ok(found)
}
