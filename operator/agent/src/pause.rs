//! The pause key: it is there while somebody wants a pool to take no further task, and always with a short life.
//! It goes a moment after the agent, and at the end of the hold when whoever asked for it does not come back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use redis::cmd;

use crate::{
    app::{App, Pool},
    fault::Fault,
};

/// Life of the key, in seconds.
const TTL: u32 = 20;
const RENEWAL: Duration = Duration::from_secs(5);
/// Longest hold that can be asked for, in seconds.
pub const LONGEST: u32 = 3600;
/// The key's value when it is ours; a key of somebody else is left to them.
const OURS: &str = "aegis-agent";

/// Who is to be paused until when, by the pool's name.
pub struct Holds {
    app: Arc<App>,
    until: Mutex<HashMap<String, Instant>>,
}

impl Holds {
    /// None.
    pub fn new(app: Arc<App>) -> Self {
        Self { app, until: Mutex::default() }
    }

    /// Pauses a pool for so many seconds from now, once more or for the first time.
    pub async fn begin(&self, pool: &Pool, seconds: u32) -> Result<(), Fault> {
        if !(1..=LONGEST).contains(&seconds) {
            return Err(Fault::Request(format!("seconds must be 1 to {LONGEST}: ask again before they are over")));
        }
        set(pool, seconds.min(TTL)).await?;
        self.until().insert(pool.worker.name.clone(), Instant::now() + Duration::from_secs(seconds.into()));
        Ok(())
    }

    /// Ends the pause of a pool; the key stays while another pool with the same key is paused.
    pub async fn end(&self, pool: &Pool) -> Result<(), Fault> {
        self.until().remove(&pool.worker.name);
        if self.others(pool) { Ok(()) } else { clear(pool).await }
    }

    /// Keeps the keys alive, for ever.
    pub async fn renew(&self) {
        loop {
            tokio::time::sleep(RENEWAL).await;
            for (pool, left) in self.held() {
                // a key that cannot be renewed goes by itself, and the next look says so
                drop(if left.is_zero() { self.end(&pool).await } else { set(&pool, TTL.min(rounded(left))).await });
            }
        }
    }

    fn held(&self) -> Vec<(Arc<Pool>, Duration)> {
        let until = self.until();
        let held = self.app.pools.iter().filter_map(|pool| Some((pool.clone(), until.get(&pool.worker.name)?)));
        held.map(|(pool, until)| (pool, until.saturating_duration_since(Instant::now()))).collect()
    }

    fn others(&self, pool: &Pool) -> bool {
        let shares = |other: &Pool| Arc::ptr_eq(&other.broker, &pool.broker) && other.worker.pause_key == pool.worker.pause_key;
        self.held().iter().any(|(other, left)| shares(other) && !left.is_zero())
    }

    fn until(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.until.lock().expect("nothing panics while it is held")
    }
}

fn rounded(left: Duration) -> u32 {
    u32::try_from(left.as_secs()).unwrap_or(u32::MAX).max(1)
}

fn key(pool: &Pool) -> Result<&str, Fault> {
    pool.worker.pause_key.as_deref().ok_or(Fault::Unsupported("the pool has no pauseKey"))
}

async fn set(pool: &Pool, seconds: u32) -> Result<(), Fault> {
    let script = "local value = redis.call('GET', KEYS[1]) if value and value ~= ARGV[1] then return 0 end \
                  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) return 1";
    let eval = cmd("EVAL").arg(script).arg(1).arg(key(pool)?).arg(OURS).arg(seconds).to_owned();
    pool.broker.link().await?.ask::<u64>(&eval).await.map(drop)
}

async fn clear(pool: &Pool) -> Result<(), Fault> {
    let script = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
    let eval = cmd("EVAL").arg(script).arg(1).arg(key(pool)?).arg(OURS).to_owned();
    pool.broker.link().await?.ask::<u64>(&eval).await.map(drop)
}
