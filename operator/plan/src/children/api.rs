//! `api`: Deployment, Service, autoscaler and disruption budget of the API.

use k8s_openapi::api::{
    apps::v1::Deployment, autoscaling::v2::HorizontalPodAutoscaler, core::v1::Service, policy::v1::PodDisruptionBudget,
};

use crate::{App, Size, parts::http};

pub(super) fn deployment(app: &App) -> Vec<(Deployment, Size)> {
    vec![http::deployment(app, &app.api)]
}

pub(super) fn service(app: &App) -> Vec<Service> {
    vec![http::service(app, &app.api)]
}

pub(super) fn autoscaler(app: &App) -> Vec<HorizontalPodAutoscaler> {
    http::autoscaler(app, &app.api).into_iter().collect()
}

pub(super) fn disruption_budget(app: &App) -> Vec<PodDisruptionBudget> {
    http::disruption_budget(app, &app.api).into_iter().collect()
}
