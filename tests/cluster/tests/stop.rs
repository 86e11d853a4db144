//! Every role is asked to end in a way it hears, and ends well within its grace.

use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt, api::DeleteParams};

use crate::{
    pods::{Life, Recorder},
    space::Space,
};

/// Exit codes of a process that ended because it was asked to: by its own handler, or by SIGTERM itself.
const ASKED: [i32; 2] = [0, 143];

const DEAF: &str = "
api: {args: [webserver], stop: {delaySeconds: 0}}
scheduler:
  command: [python, -c, 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, lambda *_: exit(0)); time.sleep(10000)']
  stop: {signal: SIGINT, graceSeconds: 20}
";

/// Api, frontend, both workers and the scheduler.
pub async fn every_role_of_the_shop_ends_in_time(shop: Space) {
    shop.healed("shop").await;
    let selector = "aegis.dev/app=shop,aegis.dev/section in (api,frontend,workers,scheduler)";
    let recorder = Recorder::start(&shop, selector).await;
    let pods: Vec<Pod> = shop.list(selector).await;
    assert_eq!(pods.len(), 5, "the shop has five roles that run");
    for pod in pods {
        shop.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await.expect("a pod can be deleted");
    }
    recorder.gone(5, 90).await.iter().for_each(ended_well);
    shop.healed("shop").await;
}

/// A scheduler that ignores SIGTERM, as some do, is sent SIGINT.
pub async fn a_role_that_ignores_sigterm_ends_by_sigint(space: Space) {
    space.apply("deaf", DEAF).await;
    space.ready("deaf").await;
    let recorder = Recorder::start(&space, "aegis.dev/section=scheduler").await;
    space.api::<Pod>().delete("deaf-scheduler-0", &DeleteParams::default()).await.expect("a pod can be deleted");
    recorder.gone(1, 30).await.iter().for_each(ended_well);
}

fn ended_well(life: &Life) {
    let asked = life.asked_to_end.expect("it was asked to end");
    let took = life.finished.expect("its end was seen").duration_since(asked).as_secs();
    assert!(took <= life.grace / 2, "{} took {took} s of its grace of {} s", life.name, life.grace);
    assert!(life.exit_code.is_some_and(|code| ASKED.contains(&code)), "{} ended with {:?}", life.name, life.exit_code);
}
