//! The operator dies before and after each of its writes, while an app with every section is created, edited and reduced:
//! whoever comes next ends in the same state, with few writes more. It kills within the process; pods and nodes live on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    apps,
    lab::{self, words},
    life::{Course, Death, Life, Side},
    scene::{Scene, tests},
    state::State,
    wire::Sent,
};

tests![a_crash_between_any_two_writes_ends_in_the_same_state];

/// Writes that finding one unrecorded object again may take: its replicas and its fields change hands, then it is applied.
const REDISCOVERY: usize = 3;

async fn a_crash_between_any_two_writes_ends_in_the_same_state(scene: Scene) {
    let model = undisturbed(&scene).await;
    let most = model.iter().map(|course| course.writes.len()).max().expect("there are edits");
    let points: Vec<Death> = (0..most).flat_map(|index| [Side::Before, Side::After].map(|side| Death { index, side })).collect();
    let outcome = lab::tried(&points, async |death| fate(&scene, &model, death).await).await;
    let ran = outcome.each.len();
    let deaths: BTreeSet<_> = outcome.each.into_iter().flatten().collect();
    scene.world.measure(format!(
        "crash lab: {} writes to create, {} to edit, {} to switch off; {}: {} deaths at {} different writes",
        model[0].writes.len(),
        model[1].writes.len(),
        model[2].writes.len(),
        outcome.figures,
        deaths.len(),
        different(&deaths),
    ));
    assert!(outcome.faults.is_empty(), "{} faults:\n{}", outcome.faults.len(), outcome.faults.join("\n"));
    assert!(deaths.len() >= ran, "only {} deaths in {ran} lives", deaths.len());
}

/// The life that all others are compared with; two of them, so that what differs by itself is not compared.
async fn undisturbed(scene: &Scene) -> Vec<Course> {
    let (model, twin) = tokio::join!(life(scene, "crash-model", None), life(scene, "crash-twins", None));
    for (edit, (model, twin)) in model.iter().zip(&twin).enumerate() {
        assert!(model.late.is_empty(), "edit {edit}: a forced look writes {}", words(&model.late));
        let differences = model.state.differences(&twin.state);
        assert!(differences.is_empty(), "edit {edit}: two undisturbed lives differ: {}", differences.join("\n"));
    }
    assert_eq!(replaced(&model), [""; 0], "an edit replaces nothing");
    model
}

/// What goes wrong when the operator dies there, once in each edit; and where it died.
async fn fate(scene: &Scene, model: &[Course], death: Death) -> (Vec<String>, Vec<(usize, Side, String)>) {
    let lengths: Vec<usize> = model.iter().map(|course| course.writes.len()).collect();
    // all of one length, for that of a Secret's texts is compared
    let name = format!("crash-{:03}-{}", death.index, if death.side == Side::Before { "b" } else { "a" });
    let courses = life(scene, &name, Some((death, &lengths))).await;
    let (mut faults, mut deaths) = (replaced(&courses), vec![]);
    for (edit, (model, course)) in model.iter().zip(&courses).enumerate() {
        let Some(index) = course.died else {
            faults.extend(unlike(model, course).into_iter().map(|fault| format!("edit {edit}, undisturbed: {fault}")));
            continue;
        };
        let at = course.writes[index].to_string();
        faults.extend(unlike(model, course).into_iter().map(|fault| format!("edit {edit}, died {:?} {at}: {fault}", death.side)));
        deaths.push((edit, death.side, at));
    }
    (faults, deaths)
}

/// How a course differs from the model, and what it cost too much.
fn unlike(model: &Course, course: &Course) -> Vec<String> {
    let mut faults = model.state.differences(&course.state);
    if !course.late.is_empty() {
        faults.push(format!("a forced look writes {}", words(&course.late)));
    }
    let unrecorded = course.died.map_or(0, |index| {
        // a report that was cut off may be unknown
        let report = course.writes[..index].iter().rposition(|sent| sent.path.ends_with("/status")).unwrap_or(0);
        count(&course.writes[report..=index])
    });
    let limit = count(&model.writes) + REDISCOVERY * unrecorded;
    if count(&course.writes) > limit {
        faults.push(format!("{} writes to children, at most {limit} are due: {}", count(&course.writes), words(&course.writes)));
    }
    faults
}

/// Writes to children. A deletion is refused when a controller has changed the object meanwhile, and made again; it counts once.
fn count(writes: &[Sent]) -> usize {
    let is_again = |i: usize, sent: &Sent| {
        sent.method == "DELETE" && writes[..i].iter().any(|other| other.method == "DELETE" && other.path == sent.path)
    };
    writes.iter().enumerate().filter(|(i, sent)| sent.is_about_a_child() && !is_again(*i, sent)).count()
}

/// Creates, edits and reduces an app in a namespace of its own.
async fn life(scene: &Scene, namespace: &str, death: Option<(Death, &[usize])>) -> Vec<Course> {
    let mut life = Life::begin(Scene::open(&scene.world, namespace).await, "full").await;
    let mut courses = vec![];
    for (edit, app) in edits().iter().enumerate() {
        let death = death.filter(|(death, lengths)| death.index < lengths[edit]).map(|(death, _)| death);
        courses.push(life.edit(app, death).await);
    }
    life.scene.cluster.delete(&life.scene.namespace, "AegisApp", "full").await;
    courses
}

/// An app with everything, one with something else everywhere, and one with nothing that can be left out.
pub fn edits() -> [Value; 3] {
    let full = apps::full();
    let mut edited = full.clone();
    let spec = &mut edited["spec"];
    spec["image"] = "registry.example/shop:2".into();
    spec["config"] = json!({"PAGE_SIZE": "60"});
    spec["secrets"] =
        json!([{"name": "app", "generate": {"SECRET_KEY": {"bytes": 64}, "SALT": {}}}, {"name": "more", "generate": {"PEPPER": {}}}]);
    spec["migration"]["args"] = json!(["migrate", "again"]);
    spec["api"]["replicas"] = json!({"min": 3, "max": 3});
    spec["frontend"]["port"] = 8551.into();
    spec["workers"] = json!([{"name": "media", "replicas": {"min": 1, "max": 1}}, {"name": "post", "replicas": {"min": 2, "max": 2}}]);
    spec["schedules"][0]["schedule"] = "0 3 29 2 *".into();
    spec["bindings"][1] =
        json!({"name": "cache", "type": "redis", "provision": {}, "deletionPolicy": "Delete", "env": {"REDIS_URL": "{uri}"}});
    spec["routes"][0]["rules"] = json!([{"path": "/", "to": "frontend"}, {"path": "/staff", "to": "api", "allowCIDRs": ["10.0.0.0/8"]}]);
    spec["routes"][0]["idleTimeoutSeconds"] = 60.into();
    spec["routes"][1]["via"] = json!({"gateway": {"name": "internal"}, "implementation": "Traefik"});
    spec["routes"][1]["rules"][0]["allowCIDRs"] = json!(["192.0.2.0/24"]);
    [full, edited, apps::app("full", json!({"image": "registry.example/shop:2"}))]
}

/// What did not outlive an edit as itself.
fn replaced(courses: &[Course]) -> Vec<String> {
    let states: Vec<&State> = courses.iter().map(|course| &course.state).collect();
    states.windows(2).flat_map(|pair| pair[0].replaced(pair[1])).collect()
}

fn different(deaths: &BTreeSet<(usize, Side, String)>) -> usize {
    deaths.iter().map(|(edit, _, at)| (edit, at)).collect::<BTreeSet<_>>().len()
}
