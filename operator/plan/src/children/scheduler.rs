//! `scheduler`: a StatefulSet of one. A Deployment, even with Recreate, runs two after an eviction.

use k8s_openapi::api::{
    apps::v1::{StatefulSet, StatefulSetSpec},
    core::v1::Container,
};

use crate::{
    App, Size,
    app::Scheduler,
    names,
    parts::{container, dev, http, pod},
};

pub(super) fn stateful_set(app: &App) -> Vec<(StatefulSet, Size)> {
    app.scheduler.iter().map(|scheduler| (of(app, scheduler), app.size(Size::Fixed(1)))).collect()
}

fn of(app: &App, scheduler: &Scheduler) -> StatefulSet {
    let role = &scheduler.role;
    let liveness_probe = dev::unless_reloading(app, role, scheduler.probe.as_ref().map(container::exec));
    let container = Container { liveness_probe, ..container::container(app, role) };
    let name = http::object(app, role);
    StatefulSet {
        metadata: names::role_metadata(app, role, &name),
        spec: Some(StatefulSetSpec {
            selector: pod::selector(app, role),
            service_name: Some(name),
            template: pod::template(app, role, container),
            revision_history_limit: Some(3),
            ..Default::default()
        }),
        ..Default::default()
    }
}
