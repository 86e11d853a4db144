//! Routes as their gateways answer, and hosts that two apps want: what is told, what is made, and what heals by itself.

use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, condition, tests},
};

tests![
    a_route_is_told_as_its_gateway_answers,
    a_host_is_the_apps_that_had_it_first_until_it_gives_it_up,
    of_two_apps_at_once_one_has_the_host,
    a_route_that_is_edited_or_given_up_takes_its_guards_along
];

const ROUTE: &str = "HTTPRoute";

/// An app with a route for a host.
fn app(name: &str, host: &str) -> Value {
    apps::app(name, json!({"routes": [{"name": "public", "host": host, "via": {"gateway": {"name": "public", "namespace": "gateways"}}}]}))
}

async fn a_route_is_told_as_its_gateway_answers(mut scene: Scene) {
    scene.gateway.refuse(Some("NotAllowedByListeners"));
    scene.apply(&app("asked", "asked.example.com")).await;
    let told = scene.ready("asked", "NotAllowedByListeners").await;
    let ready = condition(&told, "RoutesReady");
    let words = "route public: Gateway gateways/public does not take it: it says NotAllowedByListeners";
    assert_eq!((&ready["status"], &ready["message"]), (&json!("False"), &json!(words)));
    assert_eq!(told["status"]["url"], "https://asked.example.com/");
    let said = scene.aegisctl(&["status", "asked"]).await;
    for line in
        ["ROUTE   URL                         STATE                  MESSAGE", "public  https://asked.example.com/  NotAllowedByListeners"]
    {
        assert!(said.stdout.contains(line), "{}", said.stdout);
    }
    assert_eq!(said.stdout.matches("does not take it").count(), 2, "once for the app, once for the route: {}", said.stdout);
    scene.gateway.refuse(None);
    let told = scene.runs("asked").await;
    assert_eq!(condition(&told, "RoutesReady")["reason"], "Accepted");
    assert_eq!(told["status"]["routes"][0]["ready"], true);
}

async fn a_host_is_the_apps_that_had_it_first_until_it_gives_it_up(mut scene: Scene) {
    scene.apply(&app("zealous", "shared.example.com")).await;
    scene.runs("zealous").await;
    scene.apply(&app("late", "shared.example.com")).await;
    let told = scene.ready("late", "HostTaken").await;
    assert_eq!(told["status"]["problems"][0]["code"], "HostTaken");
    assert_eq!(scene.names(ROUTE).await, ["zealous-route--public"], "nothing is made of it");
    assert!(!told["status"].to_string().contains("zealous"), "whose it is is not told");
    scene.apply(&app("zealous", "another.example.com")).await;
    scene.runs("late").await;
    scene.runs("zealous").await;
    let route = scene.get(ROUTE, "late-route--public").await;
    assert_eq!(route["spec"]["hostnames"], json!(["shared.example.com"]), "made without an edit");
    scene.apply(&app("zealous", "shared.example.com")).await;
    scene.ready("zealous", "HostTaken").await;
    scene.cluster.delete(&scene.namespace, "AegisApp", "late").await;
    scene.runs("zealous").await;
}

async fn of_two_apps_at_once_one_has_the_host(mut scene: Scene) {
    for name in ["first", "second"] {
        scene.apply(&app(name, "shared.example.com")).await;
    }
    for name in ["first", "second"] {
        scene.operator().await;
        let is_told = |app: &Value| ["Running", "HostTaken"].contains(&condition(app, "Ready")["reason"].as_str().unwrap_or_default());
        scene.see("AegisApp", name, "it has the host or is told", is_told).await;
    }
    scene.rest().await;
    // whose route the server made first has it; of two of one second, the first by name
    let routes = scene.names(ROUTE).await;
    let (has, lacks) = if routes == ["first-route--public"] { ("first", "second") } else { ("second", "first") };
    assert_eq!(routes, [format!("{has}-route--public")]);
    scene.ready(has, "Running").await;
    scene.ready(lacks, "HostTaken").await;
    scene.rest().await;
    scene.stop().await;
    let before = scene.written().len();
    scene.runs(has).await;
    scene.ready(lacks, "HostTaken").await;
    assert_eq!(scene.written().len(), before, "another operator sees it so from its first look on");
}

async fn a_route_that_is_edited_or_given_up_takes_its_guards_along(mut scene: Scene) {
    let app = |rules: Value| {
        let via = json!({"gateway": {"name": "public"}, "implementation": "EnvoyGateway"});
        apps::app("guarded", json!({"routes": [{"name": "public", "host": "guarded.example.com", "via": via, "rules": rules}]}))
    };
    scene.apply(&app(json!([{"to": "api"}, {"path": "/admin", "to": "api", "allowCIDRs": ["10.0.0.0/8"]}]))).await;
    scene.runs("guarded").await;
    let guards = scene.names("SecurityPolicy").await;
    assert_eq!(guards.len(), 1);
    let guard = scene.get("SecurityPolicy", &guards[0]).await;
    let named = guard["spec"]["targetRefs"][0]["sectionName"].as_str().expect("it guards a rule by its name").to_owned();
    let rules = scene.get(ROUTE, "guarded-route--public").await["spec"]["rules"].clone();
    let rule = rules.as_array().expect("rules").iter().find(|rule| rule["name"] == named).expect("the rule is there");
    assert_eq!(rule["matches"][0]["path"]["value"], "/admin");
    scene.apply(&app(json!([{"path": "/staff", "to": "api", "allowCIDRs": ["10.0.0.0/8"]}, {"to": "api"}]))).await;
    scene.runs("guarded").await;
    let now = scene.names("SecurityPolicy").await;
    assert!(now.len() == 1 && now != guards, "another path has another guard: {now:?}");
    let writes: Vec<String> = scene.written().iter().map(|asked| format!("{} {}", asked.verb, asked.resource)).collect();
    let last = |what: &str| writes.iter().rposition(|write| write == what).unwrap_or_else(|| panic!("no {what} in {writes:?}"));
    assert!(last("create securitypolicies") < last("patch httproutes"), "the guard stands first: {writes:?}");
    scene.apply(&apps::app("guarded", json!({}))).await;
    scene.see_gone(ROUTE, "guarded-route--public").await;
    scene.see_gone("SecurityPolicy", &now[0]).await;
    scene.see_gone("BackendTrafficPolicy", "guarded-route--public").await;
    scene.runs("guarded").await;
}
