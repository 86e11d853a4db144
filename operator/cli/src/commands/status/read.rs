//! Reads apps once, and says what to do when one is not there.

use std::time::Duration;

use aegis_plan::nearest::nearest;
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::DynamicObject;
use tokio::time::timeout;

use super::many::Many;
use super::report::Report;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;

/// How long one answer may take.
const ANSWER: u64 = 15;

pub async fn one(connection: &Connection, name: &str) -> Result<Report, Failure> {
    Report::of(&object(connection, name).await?)
}

/// The app as the server has it.
pub async fn object(connection: &Connection, name: &str) -> Result<DynamicObject, Failure> {
    let apps = connection.apps();
    match answer(connection, apps.get(name)).await? {
        Ok(app) => Ok(app),
        Err(error) if refusal::is_absent(&error) => Err(absent(connection, name).await),
        Err(error) => Err(refusal::explain(&error, connection)),
    }
}

pub async fn many(connection: &Connection, everywhere: bool) -> Result<Many, Failure> {
    Many::of(&list(connection, everywhere).await?, everywhere)
}

async fn list(connection: &Connection, everywhere: bool) -> Result<Vec<DynamicObject>, Failure> {
    let apps = if everywhere { connection.all_apps() } else { connection.apps() };
    let listed = answer(connection, apps.list(&ListParams::default())).await?;
    listed.map(|list| list.items).map_err(|error| refusal::explain(&error, connection))
}

/// An answer, or the failure that there was none in time.
pub async fn answer<T>(connection: &Connection, request: impl Future<Output = T>) -> Result<T, Failure> {
    timeout(Duration::from_secs(ANSWER), request).await.map_err(|_| refusal::silent(connection, ANSWER))
}

/// No app of that name: where one is, or what there is instead.
async fn absent(connection: &Connection, name: &str) -> Failure {
    let namespace = &connection.namespace;
    // Who may not list every namespace still learns what is in this one.
    let apps = match list(connection, true).await {
        Ok(apps) => apps,
        Err(_) => list(connection, false).await.unwrap_or_default(),
    };
    let known: Vec<(String, String)> = apps.iter().map(|app| (app.namespace().unwrap_or_default(), app.name_any())).collect();
    Failure::new(
        format_args!("there is no AegisApp {name} in namespace {namespace}"),
        cause(&known, namespace),
        cure(&known, namespace, name),
    )
}

fn cause(known: &[(String, String)], namespace: &str) -> String {
    let here: Vec<&str> = known.iter().filter(|(of, _)| of == namespace).map(|(_, name)| name.as_str()).collect();
    match here.as_slice() {
        [] => "it has none".to_owned(),
        names => format!("it has {}", names.join(", ")),
    }
}

fn cure(known: &[(String, String)], namespace: &str, name: &str) -> String {
    let elsewhere: Vec<&str> = known.iter().filter(|(_, known)| known == name).map(|(of, _)| of.as_str()).collect();
    if !elsewhere.is_empty() {
        return format!("one of that name is in {}: aegisctl status {name} -n {}", elsewhere.join(", "), elsewhere[0]);
    }
    let here = known.iter().filter(|(of, _)| of == namespace).map(|(_, known)| known.as_str());
    let anywhere = known.iter().map(|(_, known)| known.as_str());
    let meant = nearest(name, here).or_else(|| nearest(name, anywhere));
    match meant.and_then(|meant| known.iter().find(|(_, known)| known == meant)) {
        Some((of, meant)) => format!("did you mean {meant}? aegisctl status {meant} -n {of}"),
        None => "create it (kubectl apply -f app.yaml), or see what there is: aegisctl status -A".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_app_is_looked_for_elsewhere() {
        let known = [("shop", "shop"), ("shop", "billing"), ("test", "hello")].map(|(of, name)| (of.to_owned(), name.to_owned()));
        assert_eq!(cause(&known, "shop"), "it has shop, billing");
        assert_eq!(cause(&known, "default"), "it has none");
        assert!(cure(&known, "default", "shop").contains("aegisctl status shop -n shop"));
        assert!(cure(&known, "shop", "shpo").contains("did you mean shop?"));
        assert!(cure(&known, "default", "helo").contains("aegisctl status hello -n test"));
        assert!(cure(&known, "shop", "unlike").contains("aegisctl status -A"));
    }
}
