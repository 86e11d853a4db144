//! The manifest of what was read, and what nothing there says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Unknown;
use super::stack::{Service, Stack};

/// Made of by the operator, or known from elsewhere: no setting of the app's own.
const OURS: [&str; 8] = ["APP_ENV", "DATABASE_URL", "REDIS_URL", "LOG_LEVEL", "PORT", "AUTO_RELOAD", "BUILD_ID", "SECRET_KEY"];
/// The app's user in its pods; its image has none.
const USER: u32 = 10001;

pub fn of(stack: &Stack) -> (Value, Vec<Unknown>) {
    let mut unknown = vec![Unknown::new(
        "where its image is published",
        "components.image",
        "build and push it, then: aegisctl deploy -f aegis_manifest.json --env prod --image REGISTRY/NAME:TAG",
    )];
    let mut components = json!({
        "image": format!("aegis.local/{}:dev", stack.name),
        // without a Docker of its own, it would take the container for somebody's machine
        "env": [{"name": "APP_ENV", "value": "prod"}, {"name": "DOCKER_CONTAINER", "value": "1"}],
        "secrets": [{"name": "app", "generate": {"SECRET_KEY": {"bytes": 32}}}],
    });
    components["security"] = security(stack, &mut unknown);
    for role in &stack.roles {
        match role.words[0].as_str() {
            "webserver" => components["api"] = api(role),
            "scheduler" => components["scheduler"] = scheduler(role),
            "worker" => push(&mut components["workers"], worker(stack, role)),
            other => unknown.push(Unknown::new(
                format!("what the service {} is, whose role is {other:?}", role.name),
                "components",
                "add it as a worker, or leave it out",
            )),
        }
    }
    for binding in bindings(stack) {
        push(&mut components["bindings"], binding);
    }
    if stack.is_there("alembic/alembic.ini") {
        let command = ["python", "-m", "alembic", "-c", "alembic/alembic.ini", "upgrade", "head"];
        components["migration"] = json!({"command": command, "deadlineSeconds": 600});
    }
    unknown.extend(left_open(stack));
    (manifest(stack, &components), unknown)
}

fn manifest(stack: &Stack, components: &Value) -> Value {
    let secret_is_elsewhere =
        |name: &str| json!({"name": name, "provision": null, "secretRef": {"name": format!("{}-{name}", stack.name)}});
    let referred: Vec<Value> = components["bindings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|binding| binding["name"].as_str())
        .map(secret_is_elsewhere)
        .collect();
    let overlay = if referred.is_empty() { json!({}) } else { json!({"components": {"bindings": referred}}) };
    let settings = stack.variables.iter().filter(|(name, value)| !value.is_empty() && is_setting(name));
    let settings: Vec<Value> = settings.map(|(name, value)| json!({"env": name, "default": value})).collect();
    let layout = [
        ("app/components", "What runs: backend, frontend, scheduler, worker, database"),
        ("app/services", "What the app does"),
        ("alembic/versions", "Steps from one schema to the next"),
        ("tests", "Its tests"),
    ];
    let layout: Vec<Value> =
        layout.iter().filter(|(path, _)| stack.is_there(path)).map(|(path, purpose)| json!({"path": path, "purpose": purpose})).collect();
    json!({
        "version": 1,
        "project": {"name": stack.name, "description": stack.answers["project_description"].as_str().unwrap_or("An Aegis Stack app"), "languages": ["python"]},
        "layout": layout,
        "components": components,
        "settings": settings,
        "environments": {"dev": {}, "staging": overlay, "prod": overlay},
        "commands": {"test": ["make", "test"], "lint": ["make", "lint"], "dev": ["make", "serve"]},
    })
}

/// Variables that somebody may set, and that are no secrets.
fn is_setting(name: &str) -> bool {
    let is_secret = ["KEY", "SECRET", "PASSWORD", "TOKEN"].iter().any(|part| name.contains(part));
    !is_secret && !name.starts_with("AEGIS_STACK_") && !OURS.contains(&name)
}

fn push(list: &mut Value, item: Value) {
    match list.as_array_mut() {
        Some(items) => items.push(item),
        None => *list = json!([item]),
    }
}

fn resources(role: &Service, cpu: &str, memory: &str) -> Value {
    let mut resources = json!({"requests": {"cpu": cpu, "memory": memory}});
    if let Some(limit) = &role.memory {
        resources["limits"] = json!({"memory": limit});
    }
    resources
}

fn api(role: &Service) -> Value {
    json!({
        "args": role.words,
        "port": 8000,
        // it has no route that tells whether it can serve
        "probes": {
            "liveness": {"path": "/health/"},
            "readiness": {"path": "/health/"},
            "startup": {"path": "/health/", "budgetSeconds": 120},
        },
        "replicas": {"min": 1, "max": 1},
        "resources": resources(role, "100m", "192Mi"),
    })
}

fn scheduler(role: &Service) -> Value {
    let mut scheduler = json!({"args": role.words, "stop": {"signal": "SIGINT"}, "resources": resources(role, "50m", "128Mi")});
    if !role.probe.is_empty() {
        scheduler["probe"] = json!({"exec": role.probe, "timeoutSeconds": 5});
    }
    scheduler
}

fn worker(stack: &Stack, role: &Service) -> Value {
    let queue = role.words.get(1).map_or("system", String::as_str);
    let kind = match stack.answers["worker_backend"].as_str() {
        Some("dramatiq") => "Dramatiq",
        Some("taskiq") => "TaskIQ",
        _ => "Arq",
    };
    let seconds: u32 = role.variable("WORKER_TIMEOUT_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(300);
    json!({
        "name": queue.replace('_', "-"),
        "args": role.words,
        "env": role.environment.iter().filter(|(name, _)| name.starts_with("WORKER_")).map(|(name, value)| json!({"name": name, "value": value})).collect::<Value>(),
        "broker": {"type": kind, "binding": "queue", "queues": [queue]},
        "replicas": {"min": 1, "max": 1},
        "drain": {"timeoutSeconds": seconds},
        "resources": resources(role, "50m", "128Mi"),
    })
}

fn bindings(stack: &Stack) -> Vec<Value> {
    let is_service = |name: &str| stack.services.iter().any(|service| service == name);
    let url = "postgresql://{username}:{password}@{host}:{port}/{database}";
    let those = [
        (is_service("postgres"), json!({"name": "db", "type": "postgres", "provision": {"storage": "1Gi"}, "env": {"DATABASE_URL": url}})),
        (is_service("redis"), json!({"name": "queue", "type": "redis", "provision": {"storage": "1Gi"}, "env": {"REDIS_URL": "{uri}"}})),
    ];
    those.into_iter().filter_map(|(is_there, binding)| is_there.then_some(binding)).collect()
}

/// Folders that a container may write to; what it writes there is gone with its pod.
fn security(stack: &Stack, unknown: &mut Vec<Unknown>) -> Value {
    let folders: BTreeSet<&String> = stack.roles.iter().flat_map(|role| &role.volumes).collect();
    for folder in &folders {
        let what = format!("what becomes of the files in {folder}, which the compose file keeps");
        let fix =
            "give it a volume of a storage class with ReadWriteMany, or keep them in an object storage; until then they go with their pod";
        unknown.push(Unknown::new(what, "components.volumes", fix));
    }
    json!({"runAsUser": USER, "writablePaths": folders})
}

fn left_open(stack: &Stack) -> Vec<Unknown> {
    let mut unknown = vec![Unknown::new("under which host it is reached", "components.routes", "add a route: docs/routes.md")];
    let needs: Vec<&str> = stack.roles.iter().flat_map(|role| role.words.get(1)).map(String::as_str).collect();
    let folder = stack.folder.join("app/components/worker/queues");
    let mut files: Vec<String> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    files.sort();
    for queue in files.iter().filter_map(|file| file.strip_suffix(".py")).filter(|queue| !queue.starts_with("__") && !needs.contains(queue))
    {
        let fix = format!("add a worker with args [worker, {queue}], or leave it out");
        unknown.push(Unknown::new(
            format!("whether the queue {queue} has workers: no service of the compose file has them"),
            "components.workers",
            fix,
        ));
    }
    if stack.has("include_database") && stack.answers["database_engine"] != "postgres" {
        let fix = "several pods cannot write one SQLite file: move to PostgreSQL (aegis add database[postgres]), then import again";
        unknown.push(Unknown::new("where its data is kept in a cluster: it has SQLite", "components.bindings", fix));
    }
    for (answer, what) in [
        ("include_storage", "which object storage it uses"),
        ("include_oauth", "the client ids and secrets of its social logins"),
        ("include_ai", "the keys of its AI providers"),
        ("include_payment", "the keys of its payment provider"),
        ("include_comms", "the keys of its mail and SMS providers"),
        ("include_observability", "the token of Logfire"),
    ] {
        if stack.has(answer) {
            let fix = "put it into a Secret, and name it: components.envFrom, or a binding with secretRef";
            unknown.push(Unknown::new(what, "components.envFrom", fix));
        }
    }
    unknown
}
