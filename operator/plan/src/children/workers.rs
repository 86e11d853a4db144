//! `workers`: a Deployment per pool. Each pod has the time its task needs to end.

use k8s_openapi::api::apps::v1::Deployment;

use crate::{
    App, Size,
    app::Worker,
    parts::{container, http},
};

pub(super) fn deployments(app: &App) -> Vec<(Deployment, Size)> {
    let deployment = |worker: &Worker| {
        let role = &worker.role;
        (http::deployment_of(app, role, container::container(app, role)), app.size(worker.size()))
    };
    app.workers.iter().map(deployment).collect()
}
