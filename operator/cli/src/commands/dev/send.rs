//! The newest source into every pod that runs over one: those that have an older one, and those that have come. It decides nothing about
//! their processes; a program in each pod begins them again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aegis_plan::names::{APP_LABEL, ROLE_LABEL, SOURCE};
use futures::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{AttachParams, ListParams};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::source::Source;
use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::{pods, refusal};

/// Takes a source, in the pod.
const RECEIVE: &str = include_str!("receive.py");

/// Longest time for one pod: a large source on a busy machine takes half of it.
const LONGEST: Duration = Duration::from_secs(30);

/// Which pod has which source.
#[derive(Default)]
pub struct Sent {
    has: HashMap<String, String>,
    /// Pods of which it was told that they take none.
    told: HashSet<String>,
}

impl Sent {
    /// Sends it where it is not; the roles that have it now.
    pub async fn send(&mut self, connection: &Connection, app: &str, source: &Source, output: &Output) -> Result<Vec<String>, Failure> {
        let params = ListParams::default().labels(&format!("{APP_LABEL}={app}"));
        let listed = answer(connection, connection.namespaced::<Pod>().list(&params)).await?;
        let pods = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
        let lacks = |pod: &&Pod| takes(pod) && self.has.get(&uid(pod)) != Some(&source.digest);
        // one that hangs must not keep the lease from being renewed
        let sent =
            async |pod| timeout(LONGEST, into(connection, pod, source)).await.unwrap_or_else(|_| Err("it does not answer".to_owned()));
        let sending = pods.iter().filter(lacks).map(async |pod| (pod, sent(pod).await));
        let mut roles = vec![];
        for (pod, sent) in join_all(sending).await {
            match sent {
                Ok(()) => {
                    self.has.insert(uid(pod), source.digest.clone());
                    roles.push(pod.labels().get(ROLE_LABEL).cloned().unwrap_or_default());
                }
                // a container that has ended meanwhile is tried again
                Err(why) if self.told.insert(uid(pod)) => {
                    output.warning(format_args!("pod {} does not take the source yet: {why}", pod.name_any()));
                }
                Err(_) => {}
            }
        }
        roles.sort();
        roles.dedup();
        Ok(roles)
    }
}

/// Whether it runs over a source, and runs.
fn takes(pod: &Pod) -> bool {
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let mut running = statuses.filter(|status| status.state.as_ref().is_some_and(|state| state.running.is_some()));
    pod.metadata.deletion_timestamp.is_none() && place(pod).is_some() && running.next().is_some()
}

/// Where a pod has its source.
pub fn place(pod: &Pod) -> Option<&str> {
    let mounts = pods::container(pod)?.volume_mounts.iter().flatten();
    mounts.into_iter().find(|mount| mount.name == SOURCE).map(|mount| mount.mount_path.as_str())
}

fn uid(pod: &Pod) -> String {
    pod.uid().unwrap_or_default()
}

/// One pod: it has the source when the program in it has ended well.
async fn into(connection: &Connection, pod: &Pod, source: &Source) -> Result<(), String> {
    let (folder, length) = (place(pod).unwrap_or_default(), source.archive.len().to_string());
    let words = ["python3", "-c", RECEIVE, folder, &source.digest, &length];
    let container = pods::container(pod).map(|container| container.name.clone()).unwrap_or_default();
    let params = AttachParams::default().container(container).stdin(true).stdout(false).stderr(true).max_stdin_buf_size(1 << 18);
    let started = connection.namespaced::<Pod>().exec(&pod.name_any(), words, &params).await;
    let mut process = started.map_err(|error| error.to_string())?;
    let (Some(status), Some(mut input), Some(mut error)) = (process.take_status(), process.stdin(), process.stderr()) else {
        return Err("the connection has no streams".to_owned());
    };
    let writing = async {
        // one that has this source already reads nothing
        let _ = input.write_all(&source.archive).await;
        let _ = input.flush().await;
    };
    let reading = async {
        let mut said = String::new();
        let _ = error.read_to_string(&mut said).await;
        said
    };
    let ended = async {
        tokio::select! {
            status = status => status,
            // the end of the process, not of the writing, is what is awaited
            () = async { writing.await; std::future::pending().await } => None,
        }
    };
    let (status, said) = tokio::join!(ended, reading);
    match status {
        Some(status) if status.status.as_deref() == Some("Success") => Ok(()),
        Some(status) => Err(said.lines().last().map(str::to_owned).or(status.message).unwrap_or_default()),
        None => Err("the connection ended".to_owned()),
    }
}
