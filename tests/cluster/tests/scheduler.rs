//! The scheduler is never two at once.

use k8s_openapi::api::core::v1::Pod;
use kube::api::EvictParams;

use crate::{pods::Recorder, space::Space};

/// Takes its time to end, so that a successor that does not wait would be seen.
const SPEC: &str = "
api: {args: [webserver], stop: {delaySeconds: 0}}
scheduler:
  env: [{name: VERSION, value: 'NEWEST'}]
  command: [python, -c, 'import signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(3), exit())); time.sleep(10000)']
  stop: {graceSeconds: 20}
";

/// Through a rollout and an eviction: one pod at a time, and one process at a time.
pub async fn never_two_at_once(space: Space) {
    let recorder = Recorder::start(&space, "aegis.dev/section=scheduler").await;
    space.apply("clock", &SPEC.replace("NEWEST", "1")).await;
    space.ready("clock").await;
    space.apply("clock", &SPEC.replace("NEWEST", "2")).await;
    recorder.gone(1, 40).await;
    space.ready("clock").await;
    space.api::<Pod>().evict("clock-scheduler-0", &EvictParams::default()).await.expect("the pod can be evicted");
    recorder.gone(2, 40).await;
    space.ready("clock").await;

    let lives = recorder.lives();
    assert!(lives.len() >= 3, "a rollout and an eviction make three pods: {lives:?}");
    assert_eq!(recorder.most_at_once(), 1, "two schedulers at once: {lives:?}");
    for pair in lives.windows(2) {
        assert!(!pair[0].overlaps(&pair[1]), "two schedulers ran side by side: {pair:?}");
        assert_eq!(pair[0].exit_code, Some(0), "it was not let to end: {pair:?}");
    }
}
