//! The floor: a bare client that sends the operator's own requests, as fast as the server takes them.
//! It watches nothing, decides nothing, and decodes no more than a uid.

use std::{path::Path, sync::Arc, time::Instant};

use kube::Client;
use serde::Serialize;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    app::{self, Name},
    lab::Lab,
    recording::{self, Part, Recording},
    sightings::Sightings,
    usage,
};

/// Apps in flight at the same time, to find out which number is best.
pub const SWEEP: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Apps of one step of the sweep.
const STEP: usize = 40;

/// One step of the sweep.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Swept {
    /// Apps in flight.
    pub concurrency: usize,
    /// Children created in a second: up the sweep, and down again.
    pub per_second: [f64; 2],
}

impl Swept {
    /// Both ways together.
    pub fn rate(&self) -> f64 {
        self.per_second.iter().sum::<f64>() / 2.0
    }
}

/// One round of the floor.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Fallen {
    /// From the first create of an app to the last child seen, in seconds.
    pub present: f64,
    /// To the last answer.
    pub done: f64,
    /// Processor time of the client, the watches of the bench included, in seconds.
    pub client_cpu: f64,
    /// Processor time of API server and etcd, in seconds.
    pub server_cpu: f64,
}

/// Looks for the best concurrency, up and down again, each step with new apps on one server.
pub async fn sweep(folder: &Path, recording: &Arc<Recording>) -> Vec<Swept> {
    let lab = Lab::still(folder).await;
    let mut swept = SWEEP.map(|concurrency| Swept { concurrency, per_second: [0.0; 2] });
    let mut first = 0;
    for way in 0..2 {
        let mut order: Vec<usize> = (0..SWEEP.len()).collect();
        if way == 1 {
            order.reverse();
        }
        for i in order {
            let names = app::names(first, first + STEP);
            first += STEP;
            lab.namespaces(&names).await;
            let started = Instant::now();
            send(&lab, recording, &names, SWEEP[i], Part::Children).await;
            let children = names.len() * recording.len(Part::Children);
            swept[i].per_second[way] = count(children) / started.elapsed().as_secs_f64();
        }
    }
    lab.close();
    swept.to_vec()
}

/// One round on a server of its own.
pub async fn fall(folder: &Path, recording: &Arc<Recording>, apps: usize, concurrency: usize, part: Part) -> Fallen {
    let lab = Lab::still(folder).await;
    let names = app::names(0, apps);
    lab.namespaces(&names).await;
    let mut sightings = Sightings::open(&lab.admin.client).await;
    let own = std::process::id().to_string();
    let (client_before, server_before) = (usage::of(&own).cpu, lab.server_cpu());
    let started = Instant::now();
    let children = names.len() * recording.len(Part::Children);
    let (done, present) = tokio::join!(send(&lab, recording, &names, concurrency, part), sightings.appeared(children));
    let fallen = Fallen {
        present: (present - started).as_secs_f64(),
        done: (done - started).as_secs_f64(),
        client_cpu: usage::of(&own).cpu - client_before,
        server_cpu: lab.server_cpu() - server_before,
    };
    sightings.close().await;
    lab.close();
    fallen
}

/// Creates the apps and all that is recorded of each. Returns when the last answer came.
async fn send(lab: &Lab, recording: &Arc<Recording>, names: &[Name], concurrency: usize, part: Part) -> Instant {
    let user = lab.admin.client.clone();
    let permits = Arc::new(Semaphore::new(concurrency));
    let client: Client = lab.client();
    let mut apps = JoinSet::new();
    for name in names {
        let (name, user, client) = (name.clone(), user.clone(), client.clone());
        let (recording, permits) = (recording.clone(), permits.clone());
        apps.spawn(async move {
            let _permit = permits.acquire().await.expect("it is never closed");
            let uid = recording::create(&user, &name).await;
            recording.replay(&client, &name, &uid, part).await;
        });
    }
    apps.join_all().await;
    Instant::now()
}

/// A count as a number that divides.
pub fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("counts are small"))
}
