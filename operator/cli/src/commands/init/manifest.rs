//! The blueprint of an app that begins: what it is made of, what its parts are for, and how it is changed.

use serde_json::{Value, json};

use super::choice::Choice;
use crate::args::init::Frontend;

/// The manifest.
pub fn of(choice: &Choice) -> Value {
    let mut manifest = json!({
        "version": 1,
        "project": {"name": choice.name, "description": "An Aegis Stack app", "languages": ["python"]},
        "layout": layout(choice),
        "conventions": conventions(choice),
        "components": components(choice),
        "settings": settings(choice),
        "observability": {"metrics": {}, "dashboard": {}},
        "environments": environments(choice),
        "commands": commands(choice),
        "agent": {
            "tasks": tasks(choice),
            "doNotEdit": ["uv.lock", "AGENTS.md", ".aegis"],
            "approvals": approvals(choice),
        },
    });
    if choice.has_auth() {
        manifest["auth"] = json!({"jwt": {"issuer": format!("https://{}.example.com", choice.name), "audiences": [choice.name]}});
    }
    manifest
}

/// The entries whose part the app has.
fn of_those<const N: usize>(entries: [(bool, Value); N]) -> Value {
    entries.into_iter().filter_map(|(is_there, entry)| is_there.then_some(entry)).collect()
}

fn layout(choice: &Choice) -> Value {
    let entry = |path: &str, purpose: &str| json!({"path": path, "purpose": purpose});
    of_those([
        (true, entry("app/api", "Routes, one router per file; their shapes and mistakes")),
        (true, entry("app/services", "What the app does; no HTTP here")),
        (choice.has_database(), entry("app/models", "Tables")),
        (
            choice.has_database(),
            json!({"path": "app/migrations/versions", "purpose": "Steps from one schema to the next", "owner": "both"}),
        ),
        (choice.has_auth(), entry("app/auth", "Passwords, tokens and the keys that verify them")),
        (choice.has_frontend(), entry("app/frontend/views", "What people see, one file per page")),
        (choice.has_frontend(), entry("app/frontend/components", "What several views show")),
        (choice.has_frontend(), entry("app/frontend/routing.py", "Which path shows which view")),
        (choice.has_workers(), entry("app/workers", "Queues, a folder each; one file per task")),
        (choice.has_scheduler(), entry("app/scheduler/jobs", "Jobs that time starts; one file per job")),
        (true, entry("app/telemetry", "Logs, metrics and traces")),
        (true, entry("app/settings.py", "Everything that the environment may say")),
        (true, entry("tests", "One file per thing that the app does")),
        (true, entry("terraform", "What the app needs of AWS")),
        (
            true,
            json!({"path": "AGENTS.md", "purpose": "This blueprint for whoever changes the app: aegisctl manifest sync", "owner": "generated"}),
        ),
        (true, json!({"path": ".aegis", "purpose": "What aegisctl init wrote; aegisctl update merges by it", "owner": "generated"})),
        (true, json!({"path": "uv.lock", "purpose": "Exact versions of all dependencies", "owner": "generated"})),
    ])
}

fn conventions(choice: &Choice) -> Value {
    of_those([
        (true, json!({"rule": "Services know nothing of HTTP", "where": ["app/services"]})),
        (choice.has_database(), json!({"rule": "Routes know nothing of tables but their shapes", "where": ["app/api"]})),
        (choice.has_frontend(), json!({"rule": "The frontend knows the API only, by app/frontend/client.py", "where": ["app/frontend"]})),
        (
            true,
            json!({"rule": "Every setting is a field of app/settings.py and named in aegis_manifest.json", "where": ["app/settings.py"], "checkedBy": "blueprint"}),
        ),
        (true, json!({"rule": "Code is formatted, linted, typed, and covered by tests to 90 %", "checkedBy": "test"})),
    ])
}

fn components(choice: &Choice) -> Value {
    let resources = |cpu: &str, memory: &str, limit: &str| json!({"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": limit}});
    let mut components = json!({
        "image": format!("aegis.local/{}:dev", choice.name),
        "env": [{"name": "APP_ENV", "value": "prod"}],
        "api": {
            "args": ["webserver"],
            "port": 8000,
            "probes": {"liveness": {"path": "/health/"}, "readiness": {"path": "/health/ready"}},
            "replicas": {"min": 1, "max": 1},
            "resources": resources("50m", "128Mi", "384Mi"),
        },
        "code": code(choice),
    });
    let bindings = of_those([
        (
            choice.has_database(),
            json!({
                "name": "db", "type": "postgres", "provision": {"storage": "1Gi"},
                "env": {"DATABASE_URL": "postgresql+asyncpg://{username}:{password}@{host}:{port}/{database}"},
            }),
        ),
        (choice.has_workers(), json!({"name": "queue", "type": "redis", "provision": {"storage": "1Gi"}, "env": {"REDIS_URL": "{uri}"}})),
    ]);
    if bindings != json!([]) {
        components["bindings"] = bindings;
    }
    if choice.has_database() {
        components["migration"] = json!({"args": ["migrate"], "deadlineSeconds": 300, "resources": resources("20m", "96Mi", "256Mi")});
    }
    if choice.has_workers() {
        components["workers"] = json!([{
            "name": "default",
            "args": ["worker", "default"],
            "broker": {"type": choice.library(), "binding": "queue", "queues": ["default"]},
            "replicas": {"min": 1, "max": 1},
            "drain": {"timeoutSeconds": 60},
            "resources": resources("20m", "128Mi", "384Mi"),
        }]);
    }
    if choice.frontend == Frontend::Apart {
        components["frontend"] = json!({
            "args": ["frontend"],
            "port": 8550,
            "env": [{"name": "API_URL", "value": format!("http://{}-api:8000", choice.name)}],
            "probes": {"liveness": {"path": "/health/"}, "readiness": {"path": "/health/"}},
            "replicas": {"min": 1, "max": 1},
            "resources": resources("20m", "128Mi", "384Mi"),
        });
    }
    if choice.has_scheduler() {
        components["scheduler"] = json!({
            "args": ["scheduler"],
            "probe": {"exec": ["python", "-m", "app.heartbeat"], "timeoutSeconds": 5},
            "resources": resources("20m", "96Mi", "256Mi"),
        });
    }
    components
}

fn code(choice: &Choice) -> Value {
    let routers = of_those([
        (choice.has_auth(), json!("app.api.accounts")),
        (true, json!("app.api.health")),
        (true, json!("app.api.hello")),
        (choice.has_database(), json!("app.api.notes")),
    ]);
    let mut code = json!({"api": {"module": "app.api.app", "openAPI": "/openapi.json", "routers": routers}});
    if choice.has_frontend() {
        let views = of_those([(true, json!("app.frontend.views.hello")), (choice.has_database(), json!("app.frontend.views.notes"))]);
        code["frontend"] = json!({"module": "app.frontend", "views": views});
    }
    if choice.has_workers() {
        let actor = if choice.has_database() { "count_words" } else { "greet" };
        code["workers"] = json!([{"name": "default", "module": "app.workers.default", "actors": [{"name": actor, "queue": "default"}]}]);
    }
    if choice.has_scheduler() {
        let job = if choice.has_database() { "forget_old_notes" } else { "greet_everybody" };
        code["scheduler"] = json!({"module": "app.scheduler", "jobs": [job]});
    }
    code
}

fn settings(choice: &Choice) -> Value {
    let number = |env: &str, description: &str, default: &str, user: &str| json!({"env": env, "description": description, "type": "integer", "default": default, "usedBy": [user]});
    let secret = |env: &str, description: &str, users: Value| json!({"env": env, "description": description, "type": "url", "required": true, "secret": true, "usedBy": users});
    let of_database = of_those([
        (true, json!("api")),
        (true, json!("migration")),
        (choice.has_workers(), json!("default")),
        (choice.has_scheduler(), json!("scheduler")),
    ]);
    of_those([
        (true, json!({"env": "APP_ENV", "description": "dev, test or prod", "default": "dev"})),
        (choice.has_database(), secret("DATABASE_URL", "Where the database is", of_database)),
        (choice.has_workers(), secret("REDIS_URL", "Where the queues are", json!(["api", "default"]))),
        (
            choice.has_frontend(),
            json!({"env": "API_URL", "description": "Where the frontend finds the API", "type": "url", "default": "http://127.0.0.1:8000", "usedBy": [if choice.frontend == Frontend::Apart { "frontend" } else { "api" }]}),
        ),
        (true, json!({"env": "LOG_FORMAT", "description": "Text for people, JSON for programs", "default": "Text"})),
        (true, json!({"env": "LOG_LEVEL", "description": "Least grave level that is logged", "default": "INFO"})),
        (choice.has_database(), number("PAGE_SIZE", "Entries of a list per page", "20", "api")),
        (choice.has_database() && choice.has_scheduler(), number("NOTE_DAYS", "Days after which a note is forgotten", "30", "scheduler")),
        (choice.has_auth(), number("ACCESS_TOKEN_SECONDS", "Life of an access token", "300", "api")),
        (choice.has_auth(), number("REFRESH_TOKEN_SECONDS", "Life of a refresh token", "2592000", "api")),
    ])
}

fn environments(choice: &Choice) -> Value {
    let referred =
        |name: &str, secret: &str| json!({"name": name, "provision": null, "secretRef": {"name": format!("{}-{secret}", choice.name)}});
    let bindings = of_those([(choice.has_database(), referred("db", "db")), (choice.has_workers(), referred("queue", "redis"))]);
    // a visit is in the memory of one pod
    let pods = if choice.frontend == Frontend::Path { json!({"min": 1, "max": 1}) } else { json!({"min": 2, "max": 6}) };
    let mut prod = json!({"api": {"replicas": pods}});
    let mut staging = json!({});
    if bindings != json!([]) {
        prod["bindings"] = bindings.clone();
        staging["bindings"] = bindings;
    }
    if choice.has_workers() {
        prod["workers"] = json!([{"name": "default", "replicas": {"min": 1, "max": 10}}]);
    }
    json!({
        "dev": {"description": "A local cluster, with the services that the operator provides."},
        "staging": {"description": "Like prod, with one pod of each role.", "components": staging},
        "prod": {"description": if choice.frontend == Frontend::Path { "Services of the platform." } else { "Two pods of the API at least, and services of the platform." }, "components": prod},
    })
}

fn commands(choice: &Choice) -> Value {
    let mut commands = json!({"test": ["make", "check"], "lint": ["make", "format"], "dev": ["make", "dev"], "blueprint": ["aegisctl", "manifest", "check"]});
    if choice.has_database() {
        commands["migrate"] = json!(["python", "-m", "app", "migrate"]);
    }
    commands
}

fn tasks(choice: &Choice) -> Value {
    let task = |name: &str, goal: &str, files: Value, steps: Value| json!({"name": name, "goal": goal, "files": files, "steps": steps, "gates": ["test"]});
    of_those([
        (
            true,
            task(
                "add-route",
                "The API answers one more path.",
                json!(["app/api", "app/services", "tests"]),
                json!(["aegisctl generate endpoint NAME", "Say in its test what it shall do", "Add what it does to app/services"]),
            ),
        ),
        (
            choice.has_database(),
            task(
                "add-table",
                "The app keeps one more kind of thing.",
                json!(["app/models", "app/migrations/versions", "tests"]),
                json!(["aegisctl generate model NAME", "Say in its test what is kept", "Give model and migration the same columns"]),
            ),
        ),
        (
            choice.has_frontend(),
            task(
                "add-view",
                "People see one more page.",
                json!(["app/frontend", "tests"]),
                json!(["aegisctl generate view NAME", "Say in its test what is seen", "Show it"]),
            ),
        ),
        (
            choice.has_workers(),
            task(
                "add-actor",
                "A queue's workers do one more task.",
                json!(["app/workers", "tests"]),
                json!(["aegisctl generate task NAME", "Say in its test what it shall do", "Do it; twice does no harm"]),
            ),
        ),
        (
            choice.has_scheduler(),
            task(
                "add-job",
                "Time starts one more job.",
                json!(["app/scheduler", "tests"]),
                json!(["aegisctl generate schedule NAME", "Say in its test what it shall do", "Do it"]),
            ),
        ),
    ])
}

fn approvals(choice: &Choice) -> Value {
    of_those([(choice.has_database(), json!({"change": "app/migrations/versions"})), (choice.has_auth(), json!({"change": "app/auth"}))])
}
