//! Schedules as their users meet them: a real controller fires them, and what they tell stands in status, events and metrics.
//! When each run is due, and what is late, is told by the cases of `tests/plan/schedules`.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    apps,
    cluster::Patch,
    kubelet::Fate,
    scene::{Scene, condition, tests},
    wait::until,
};

tests![
    a_schedule_tells_when_it_runs_and_that_it_is_late,
    what_was_due_while_an_app_slept_is_not_caught_up,
    a_schedule_rests_and_runs_by_hand
];

fn app(name: &str, schedules: Value) -> Value {
    apps::app(name, json!({"schedules": schedules}))
}

fn told<'a>(app: &'a Value, name: &str) -> &'a Value {
    let all = app["status"]["schedules"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|told| told["name"] == name).unwrap_or(&Value::Null)
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

async fn events(scene: &Scene, reason: &str) -> Vec<String> {
    let all = scene.cluster.list(&scene.namespace, "Event").await;
    let its = all.iter().filter(|event| event["reason"] == reason && event["regarding"]["kind"] == "AegisApp");
    its.filter_map(|event| event["note"].as_str().map(ToOwned::to_owned)).collect()
}

async fn a_schedule_tells_when_it_runs_and_that_it_is_late(mut scene: Scene) {
    scene.kubelet.decide("schedules", Fate::Running);
    let tick = json!({"name": "tick", "schedule": "* * * * *", "deadlineSeconds": 4, "lateAfterSeconds": 8, "run": {"args": ["tick"]}});
    let asked = app("late", json!([tick, {"name": "yearly", "schedule": "@yearly", "run": {"args": ["x"]}}]));
    let began = Timestamp::now();
    scene.apply(&asked).await;
    let app = scene.runs("late").await;
    let next = moment(&told(&app, "tick")["nextRun"]).expect("it has a next run");
    assert!(next > began && next <= Timestamp::now() + SignedDuration::from_secs(60), "{next}");
    assert_eq!((told(&app, "tick")["late"].as_bool(), &app["status"]["summary"]["nextRun"]), (Some(false), &json!(next.to_string())));

    let failed = |app: &Value| condition(app, "SchedulesHealthy")["reason"] == "RunFailed";
    let app = scene.see("AegisApp", "late", "its run has failed", failed).await;
    assert!(moment(&told(&app, "tick")["nextRun"]) > Some(next), "{app:#}");
    assert_eq!(moment(&told(&app, "tick")["lastScheduleTime"]), Some(next));
    let late = |app: &Value| condition(app, "SchedulesHealthy")["reason"] == "ScheduleLate";
    let app = scene.see("AegisApp", "late", "it is late", late).await;
    let message = condition(&app, "SchedulesHealthy")["message"].as_str().unwrap_or_default();
    for words in [&format!("tick: a run was due at {next}"), "none ever has", "aegisctl schedule run late tick", "DeadlineExceeded"] {
        assert!(message.contains(words), "{words} in {message}");
    }
    assert_eq!((told(&app, "tick")["late"].as_bool(), told(&app, "yearly")["late"].as_bool()), (Some(true), Some(false)));
    assert_eq!(condition(&app, "Ready")["status"], "True", "the app serves all the same");
    let labels = format!("{{namespace=\"{}\",app=\"late\",schedule=\"tick\"}}", scene.namespace);
    // the operator hears of its own status by its watch, as this test does by asking
    let is_told = async |scene: &mut Scene, line: String| {
        let operator = scene.operator().await;
        until(&format!("a metric is told: {line}"), async || {
            let metrics = operator.metrics().await;
            let told: Vec<&str> = metrics.lines().filter(|told| told.starts_with("aegis_schedule")).collect();
            if told.contains(&line.as_str()) { Ok(()) } else { Err(told.join("\n")) }
        })
        .await;
    };
    is_told(&mut scene, format!("aegis_schedule_late{labels} 1")).await;
    until("an event", async || if events(&scene, "ScheduleLate").await.len() == 1 { Ok(()) } else { Err(String::new()) }).await;

    scene.kubelet.decide("schedules", Fate::Good);
    let run = scene.aegisctl(&["schedule", "run", "late", "tick", "--detach"]).await;
    assert!(run.is_done && run.stdout.starts_with("late-schedule--tick-run-"), "{}{}", run.stdout, run.stderr);
    let app = scene.see("AegisApp", "late", "a run has succeeded", |app| told(app, "tick")["late"] == false).await;
    let success = moment(&told(&app, "tick")["lastSuccessTime"]).expect("it has succeeded");
    assert_eq!(condition(&app, "SchedulesHealthy")["status"], "True");
    is_told(&mut scene, format!("aegis_schedule_late{labels} 0")).await;
    let line = format!("aegis_schedule_last_success_timestamp_seconds{labels} {}", success.as_second());
    is_told(&mut scene, line).await;
    until("an event", async || match &events(&scene, "Scheduled").await[..] {
        [one] if one.contains("schedules/tick: a run has succeeded again") => Ok(()),
        others => Err(format!("{others:?}")),
    })
    .await;
    let minutes = Timestamp::now().duration_since(began).as_mins() + 1;
    let reports = scene.written().iter().filter(|asked| asked.resource == "aegisapps/status").count();
    scene.world.measure(format!("a minutely schedule: {reports} statuses in {minutes} minutes, failing, late and well again"));
}

/// Three days of missed times: what was due within the last 200 seconds is begun once, and nothing else.
async fn what_was_due_while_an_app_slept_is_not_caught_up(mut scene: Scene) {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let hourly = |minutes_ago: i64| (&now - SignedDuration::from_mins(minutes_ago)).strftime("%-M * * * *").to_string();
    let schedule = |name: &str, minutes_ago: i64| json!({"name": name, "schedule": hourly(minutes_ago), "lateAfterSeconds": 1, "run": {"args": ["x"]}});
    let mut asked = app(
        "sleeper",
        json!([schedule("long-ago", 10), schedule("just-now", 1), {"name": "often", "schedule": "* * * * *", "run": {"args": ["x"]}}]),
    );
    asked["spec"]["suspended"] = true.into();
    scene.apply(&asked).await;
    scene.ready("sleeper", "Suspended").await;
    let names = ["long-ago", "just-now", "often"];
    let days_ago = json!({"status": {"lastScheduleTime": Timestamp::now() - SignedDuration::from_hours(72)}});
    for name in names {
        let status = format!("sleeper-schedule--{name}/status");
        scene.cluster.patch(&scene.namespace, "CronJob", &status, Patch::Merge, &days_ago).await.expect("a status can be changed");
    }
    scene.rest().await;
    let app = scene.get("AegisApp", "sleeper").await;
    for name in names {
        let told = told(&app, name);
        assert_eq!((&told["suspended"], &told["late"], &told["nextRun"]), (&json!(true), &json!(false), &Value::Null), "{name}");
    }
    assert_eq!(scene.names("Job").await, [""; 0], "what sleeps fires nothing");

    // a minute at least, so that `often` missed one, and had another
    asked["spec"]["suspended"] = false.into();
    scene.apply(&asked).await;
    let resumed = Timestamp::now();
    let jobs = |jobs: &[String], name: &str| jobs.iter().filter(|job| job.contains(&format!("--{name}-"))).count();
    until("what was due just now is made up for, and the next of what is due often has come", async || {
        let names = scene.names("Job").await;
        let is_next_minute = Timestamp::now().as_second() / 60 > resumed.as_second() / 60;
        if jobs(&names, "just-now") == 1 && is_next_minute && jobs(&names, "often") >= 2 { Ok(()) } else { Err(format!("{names:?}")) }
    })
    .await;
    let names = scene.names("Job").await;
    let minutes = usize::try_from(Timestamp::now().as_second() / 60 - resumed.as_second() / 60).expect("time goes on");
    assert_eq!((jobs(&names, "long-ago"), jobs(&names, "just-now")), (0, 1), "{names:?}");
    assert!(jobs(&names, "often") <= 1 + minutes, "one that was missed, and one a minute: {names:?}");
    scene.world.measure(format!("resumed after 72 hourly and 4320 minutely times: {} runs within {minutes} minutes", names.len()));
    let app = scene.get("AegisApp", "sleeper").await;
    assert!(told(&app, "long-ago")["late"] == false, "{app:#}");
}

async fn a_schedule_rests_and_runs_by_hand(mut scene: Scene) {
    let schedule = |name: &str| json!({"name": name, "schedule": "@yearly", "run": {"args": ["x"]}});
    scene.apply(&app("rests", json!([schedule("report"), schedule("sweep")]))).await;
    scene.runs("rests").await;
    let schedule = async |words: &[&str]| scene.aegisctl(&[&["schedule"], words].concat()).await;
    let rows = async || {
        let said = schedule(&["list", "rests"]).await;
        let rows = said.stdout.lines().map(|line| line.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>());
        rows.collect::<Vec<_>>()
    };
    let table = rows().await;
    assert_eq!((table[1][..3].join(" "), table[2][5..].join(" ")), ("report @yearly Etc/UTC".to_owned(), "never Scheduled".to_owned()));
    assert!(moment(&json!(table[1][3])) > Some(Timestamp::now()), "{table:?}");

    let wrong = schedule(&["pause", "rests", "reprot"]).await;
    assert!(!wrong.is_done && wrong.stderr.contains("did you mean report?"), "{}", wrong.stderr);
    let wrong = schedule(&["run", "rests", "sleep"]).await;
    assert!(!wrong.is_done && wrong.stderr.contains("it has report, sweep"), "{}", wrong.stderr);
    let paused = schedule(&["pause", "rests", "sweep", "--wait", "60"]).await;
    assert!(paused.is_done && paused.stdout.contains("spec.schedules[sweep].suspended is true, was not set"), "{}", paused.stderr);
    let suspend = async |name: &str| scene.get("CronJob", &format!("rests-schedule--{name}")).await["spec"]["suspend"].clone();
    assert_eq!((suspend("report").await, suspend("sweep").await), (json!(false), json!(true)));
    assert_eq!(rows().await[2][3..].join(" "), "- never never Suspended");
    assert!(schedule(&["pause", "rests", "sweep"]).await.stdout.contains("is true already"));

    let run = schedule(&["run", "rests", "sweep", "--detach"]).await;
    assert!(run.is_done, "{}", run.stderr);
    let job = scene.get("Job", run.stdout.trim()).await;
    assert_eq!(job["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"], "manual");
    let app = scene.see("AegisApp", "rests", "its run has succeeded", |app| told(app, "sweep")["lastSuccessTime"].is_string()).await;
    assert_eq!(told(&app, "sweep")["lastScheduleTime"], Value::Null, "no time of its own has come");

    for words in ["spec.schedules[sweep].suspended is false", "sweep of rests is not paused"] {
        let resumed = schedule(&["resume", "rests", "sweep", "--wait", "60"]).await;
        assert!(resumed.is_done && resumed.stdout.contains(words), "{}{}", resumed.stdout, resumed.stderr);
    }
    let listed: Value = serde_json::from_str(&schedule(&["list", "rests", "-o", "json"]).await.stdout).expect("it is JSON");
    assert_eq!((&listed["version"], &listed["schedules"][1]["suspended"]), (&json!(1), &json!(false)));
}
