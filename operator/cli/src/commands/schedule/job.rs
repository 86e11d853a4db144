//! The Job of a run out of turn: as the schedule's own would be, and the schedule's too, so that its success counts.

use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::ResourceExt;
use kube::api::ListParams;

use aegis_plan::names::{APP_LABEL, ROLE_LABEL, SECTION_LABEL, selector};

use super::unknown;
use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;

/// What kubectl writes, too, on a Job that somebody made from a CronJob.
const BY_HAND: (&str, &str) = ("cronjob.kubernetes.io/instantiate", "manual");

/// The CronJob of a schedule, as it is in the cluster.
pub async fn cron_job(connection: &Connection, app: &str, schedule: &str) -> Result<CronJob, Failure> {
    let params = ListParams::default().labels(&format!("{},{APP_LABEL}={app},{SECTION_LABEL}=schedules", selector()));
    let listed = answer(connection, connection.namespaced::<CronJob>().list(&params)).await?;
    let mut all = listed.map_err(|error| refusal::of_change(&error, connection))?.items;
    let role = |cron_job: &CronJob| cron_job.labels().get(ROLE_LABEL).cloned().unwrap_or_default();
    match all.iter().position(|cron_job| role(cron_job) == schedule) {
        Some(at) => Ok(all.swap_remove(at)),
        None => Err(unknown(app, schedule, all.iter().map(role).collect::<Vec<_>>().iter().map(String::as_str))),
    }
}

/// One run of it, tried once; refused while another runs beside which none may run.
pub fn job(cron_job: &CronJob) -> Result<Job, Failure> {
    let spec = cron_job.spec.clone().unwrap_or_default();
    let running = cron_job.status.iter().flat_map(|status| status.active.iter().flatten()).find_map(|job| job.name.clone());
    if let Some(running) = running.filter(|_| spec.concurrency_policy.as_deref() != Some("Allow")) {
        return Err(Failure::new(
            "a run of it is in progress",
            format_args!("Job {running} runs, and concurrencyPolicy lets no other run beside it"),
            format_args!("wait for its end, or end it: kubectl delete job {running}"),
        ));
    }
    let owner = OwnerReference {
        api_version: "batch/v1".to_owned(),
        kind: "CronJob".to_owned(),
        name: cron_job.name_any(),
        uid: cron_job.uid().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: None,
    };
    let template = spec.job_template.metadata.unwrap_or_default();
    let mut annotations = template.annotations.unwrap_or_default();
    annotations.insert(BY_HAND.0.to_owned(), BY_HAND.1.to_owned());
    let metadata = ObjectMeta {
        generate_name: Some(format!("{}-run-", cron_job.name_any())),
        labels: template.labels,
        annotations: Some(annotations),
        owner_references: Some(vec![owner]),
        ..Default::default()
    };
    let spec = spec.job_template.spec.map(|spec| JobSpec { backoff_limit: Some(0), ..spec });
    Ok(Job { metadata, spec, ..Default::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn made(policy: &str, active: &Value) -> Result<Value, Failure> {
        let cron_job: CronJob = serde_json::from_value(json!({
            "metadata": {"name": "shop-schedule--nightly", "uid": "u1", "labels": {"aegis.dev/role": "nightly"}},
            "spec": {
                "schedule": "0 2 * * *", "concurrencyPolicy": policy,
                "jobTemplate": {
                    "metadata": {"labels": {"aegis.dev/role": "nightly"}},
                    "spec": {"activeDeadlineSeconds": 60, "backoffLimit": 5, "template": {"spec": {"containers": [{"name": "app"}]}}},
                },
            },
            "status": {"active": active},
        }))
        .unwrap();
        job(&cron_job).map(|job| serde_json::to_value(job).unwrap())
    }

    #[test]
    fn it_is_the_schedules_own_and_tried_once() {
        let job = made("Forbid", &Value::Null).unwrap();
        let metadata = json!({
            "generateName": "shop-schedule--nightly-run-", "labels": {"aegis.dev/role": "nightly"},
            "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "shop-schedule--nightly", "uid": "u1", "controller": true}],
        });
        assert_eq!(job["metadata"], metadata);
        let spec = json!({"activeDeadlineSeconds": 60, "backoffLimit": 0, "template": {"spec": {"containers": [{"name": "app"}]}}});
        assert_eq!(job["spec"], spec);
    }

    #[test]
    fn none_is_begun_beside_a_run_that_lets_no_other_run() {
        let active = json!([{"kind": "Job", "name": "shop-schedule--nightly-1"}]);
        for policy in ["Forbid", "Replace"] {
            assert!(made(policy, &active).unwrap_err().why.contains("Job shop-schedule--nightly-1 runs"));
        }
        assert!(made("Allow", &active).is_ok());
    }
}
