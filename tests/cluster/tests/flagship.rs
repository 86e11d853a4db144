//! The flagship does its work: orders, pages, receipts and reports.

use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::{ResourceExt, api::PostParams};
use serde_json::{Value, json};

use crate::{
    space::Space,
    wait::{Look, found, until},
};

/// Places an order through the URL and waits until the workers are through with it.
pub async fn order(shop: &Space, item: &str) -> Value {
    let placed = shop.url().insist("POST", "/api/orders", Some(json!({"item": item, "quantity": 2}))).await;
    let placed: Value = serde_json::from_str(&placed).expect("an order is JSON");
    let path = format!("/api/orders/{}", placed["id"].as_str().expect("an order has an id"));
    shop.url().expect(&path, 30, |order| order["status"] == "fulfilled" && order["receipt"].is_string()).await
}

/// Posted through the URL, fulfilled by one queue's worker, its receipt made by the other's, shown by the frontend.
pub async fn an_order_is_fulfilled_and_shown(shop: Space) {
    let order = order(&shop, "teapot").await;
    let receipt = order["receipt"].as_str().expect("the receipt is text");
    assert!(receipt.contains("signed") && receipt.contains("2 x teapot"), "{receipt}");
    let page = shop.door("shop-frontend").insist("GET", "/", None).await;
    assert!(page.contains("teapot") && page.contains("fulfilled"), "the storefront does not show the order:\n{page}");
}

/// The CronJob fires by itself; a run started by hand counts the newest order too.
pub async fn the_schedule_reports(shop: Space) {
    order(&shop, "kettle").await;
    let orders = shop.url().json("/api/orders?limit=200").await.expect("orders can be listed");
    let count = orders.as_array().map(Vec::len).unwrap_or_default();
    let cron_jobs = shop.api::<CronJob>();
    let cron_job = cron_jobs.get("shop-schedule--report").await.expect("the schedule is there");
    let job = shop.api::<Job>().create(&PostParams::default(), &by_hand(&cron_job)).await.expect("a run can be started");
    until("the end of the run", 60, async || ended(&shop.api::<Job>().get(&job.name_any()).await.expect("the run is there"))).await;
    let report = shop.url().with_token(admin(&shop).await).json("/api/reports/latest").await.expect("there is a report");
    assert!(report["orders"].as_u64() >= u64::try_from(count).ok(), "{count} orders, but the report is {report}");

    until("a run by the clock", 75, async || {
        let status = cron_jobs.get("shop-schedule--report").await.expect("the schedule is there").status.unwrap_or_default();
        found(status.last_successful_time.clone(), format!("{status:?}"))
    })
    .await;
}

/// A token of somebody who was made an admin by hand.
async fn admin(shop: &Space) -> String {
    let who = json!({"email": "grace@example.com", "password": "a long pass phrase"});
    // from the second run on she is known
    let registered = shop.url().send("POST", "/api/auth/register", Some(who.clone())).await;
    let made = shop.aegisctl(&["run", "shop", "--", "admin", "grace@example.com"]).await;
    assert_eq!(made.code, Some(0), "{registered:?}: {}{}", made.stdout, made.stderr);
    let login: Value = serde_json::from_str(&shop.url().insist("POST", "/api/auth/login", Some(who)).await).expect("it is JSON");
    login["access_token"].as_str().expect("she is logged in").to_owned()
}

/// What `kubectl create job --from` makes of a CronJob.
fn by_hand(cron_job: &CronJob) -> Job {
    let template = cron_job.spec.clone().expect("it has a spec").job_template;
    let mut job = Job { metadata: template.metadata.unwrap_or_default(), spec: template.spec, ..Default::default() };
    job.metadata.generate_name = Some(format!("{}-", cron_job.name_any()));
    job.metadata.annotations = Some([("cronjob.kubernetes.io/instantiate".to_owned(), "manual".to_owned())].into());
    job.metadata.owner_references = kube::Resource::controller_owner_ref(cron_job, &()).map(|owner| vec![owner]);
    job
}

fn ended(job: &Job) -> Look<()> {
    let status = job.status.clone().unwrap_or_default();
    match (status.succeeded, status.failed) {
        (Some(1..), _) => Look::Done(()),
        (_, Some(1..)) => Look::Never(format!("{status:?}")),
        _ => Look::Waiting(format!("{status:?}")),
    }
}
