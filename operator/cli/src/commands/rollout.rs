//! `rollout`: the releases of an app, as the cluster remembers them. It changes nothing.

mod changes;
mod history;

use aegis_plan::names::APP_LABEL;
use k8s_openapi::api::apps::v1::ControllerRevision;
use kube::api::ListParams;

use super::status::read;
use crate::args::apps::{History as Args, HistoryFormat};
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use history::History;

pub fn history(args: &Args, output: &Output) -> Result<(), Failures> {
    let history = connection::block_on(read(args))??;
    if history.revisions.is_empty() {
        output
            .note(format_args!("No spec of {0} was accepted yet. What it lacks: aegisctl status {0} -n {1}", args.name, history.namespace));
    }
    match args.output {
        HistoryFormat::Table if history.revisions.is_empty() => {}
        HistoryFormat::Table => output.data(history.table(&output.data_page)),
        HistoryFormat::Json => output.data(history.json()),
    }
    Ok(())
}

async fn read(args: &Args) -> Result<History, Failure> {
    let connection = Connection::open(&args.target).await?;
    let app = read::one(&connection, &args.name).await?;
    let params = ListParams::default().labels(&format!("{APP_LABEL}={}", args.name));
    let listed = read::answer(&connection, connection.namespaced::<ControllerRevision>().list(&params)).await?;
    let revisions = listed.map_err(|error| refusal::explain(&error, &connection))?.items;
    Ok(History::of(&app.name, &app.namespace, app.release.as_deref(), revisions))
}
