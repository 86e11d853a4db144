//! `frontend`: Deployment, Service, autoscaler and disruption budget of a second HTTP role.

use k8s_openapi::api::{
    apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler, core::v1::Service, policy::v1::PodDisruptionBudget,
};

use crate::{App, Size, parts::http};

pub(super) fn deployment(app: &App) -> Vec<(Deployment, Size)> {
    app.frontend.iter().map(|frontend| http::deployment(app, frontend)).collect()
}

pub(super) fn service(app: &App) -> Vec<Service> {
    app.frontend.iter().map(|frontend| http::service(app, frontend)).collect()
}

pub(super) fn autoscaler(app: &App) -> Vec<HorizontalPodAutoscaler> {
    app.frontend.iter().filter_map(|frontend| http::autoscaler(app, frontend)).collect()
}

pub(super) fn disruption_budget(app: &App) -> Vec<PodDisruptionBudget> {
    app.frontend.iter().filter_map(|frontend| http::disruption_budget(app, frontend)).collect()
}
