//! No secret survives, whatever it stands in; what helps somebody does.

use serde_json::json;

use super::*;

/// Values that people have for secrets, none of which may be seen afterwards.
const SECRETS: [&str; 22] = [
    "hunter2hunter2",
    "correct-horse-battery-staple",
    "p@ss/w0rd:with#signs",
    "tr0ub4dor&3",
    "Xk7$zQ!m9^pL",
    "pa,ss;word",
    "a\\\"quoted\\\"one",
    "Zm9vYmFyYmF6cXV4Cg==",
    "0123456789abcdef0123456789abcdef",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
    "glpat-abcdefghij0123456789",
    "xoxb-123456789012-abcdefghijklmnop",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "sk-proj-abcdefghijklmnopqrstuvwxyz",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "hvs.CAESIJabcdefghijklmnopqrstuvwx",
    "SG.abcdefghijklmnopqrst.uvwxyzabcdefghijklmnop",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
];

/// Lines in which a process, a library or Kubernetes might tell one; `%` stands for it.
const LINES: [&str; 32] = [
    "DB_PASSWORD=%",
    "export SECRET_KEY=%",
    "2026-01-01T00:00:00Z INFO settings password='%' retries=3",
    "settings: password=\"%\", retries=3",
    r#"{"event":"login","password":"%","user":"ada"}"#,
    r#"{"event":"request","headers":{"Authorization":"Bearer %"}}"#,
    r#"{"message":"body was {\"token\":\"%\",\"user\":1}"}"#,
    "Authorization: Bearer %",
    "authorization: Basic %",
    "> Proxy-Authorization: Digest username=ada, response=%",
    "Cookie: session=%; theme=dark",
    "set-cookie: sid=%; Path=/; HttpOnly",
    "X-Api-Key: \"%\"",
    "api_key = '%'",
    "client_secret: \"%\"",
    "{'refresh_token': '%', 'n': 1}",
    "sent with bearer %",
    "postgresql://shop:%@db.shop.svc:5432/shop",
    "could not connect to 'amqp://guest:%@rabbit:5672//': refused",
    "redis://:%@cache:6379/0",
    "SENTRY_DSN=https://%@o1.ingest.sentry.io/2",
    "running migrate --db-password %",
    "running migrate --db-password=\"%\"",
    "AWS_SECRET_ACCESS_KEY=%",
    "signing_key => \"%\"",
    "-----BEGIN RSA PRIVATE KEY-----\n%\n-----END RSA PRIVATE KEY-----",
    r#"{"pem":"-----BEGIN PRIVATE KEY-----\n%\n-----END PRIVATE KEY-----\n"}"#,
    "-----BEGIN EC PRIVATE KEY-----\n%",
    "passphrase: \"%",
    "credentials := \"%\"",
    "MYSQL_PWD=%",
    "GET /hook?sig=%",
];

/// Lines by which somebody finds a cause.
const HELPFUL: [&str; 16] = [
    "Traceback (most recent call last): ModuleNotFoundError: No module named 'shop.api'",
    "couldn't find key password in Secret shop/db",
    "Error: secret \"db\" not found",
    "exceeded quota: small, requested: requests.cpu=2, used: requests.cpu=3, limited: requests.cpu=4",
    "0/3 nodes are available: 3 Insufficient memory.",
    "GET http://shop-api:8000/healthz 503 in 12 ms",
    "connected to https://db.shop.svc:5432/shop as shop",
    "Back-off pulling image \"registry.example/shop:2\"",
    "Readiness probe failed: HTTP probe failed with statuscode: 500",
    "level=info event=started port=8000 workers=4 sha=0ec3151",
    "mail sent to ada@example.com by worker 3",
    "https://registry.example/@scope/package",
    "GET /orders?page=2 200 in 3 ms",
    "https://shop.example.com/a:b",
    "2026-01-01T00:00:00Z started",
    "3 tokens were read",
];

fn fill(line: &str, secret: &str) -> String {
    line.replace('%', secret)
}

/// Whether a line can hold a value at all: without quotes, a blank or a comma ends it.
fn can_hold(line: &str, secret: &str) -> bool {
    let has_quotes = line.contains("\"%") || line.contains("'%");
    let is_whole = line.ends_with("=%") || line.contains("PRIVATE KEY") || line.contains("ookie") || line.contains("roxy");
    let is_escaped = secret.contains('"') && (!line.contains("\"%\"") || line.contains("\\\"%"));
    let is_query = line.contains("?sig=") && secret.contains('&');
    !is_escaped && !is_query && (has_quotes || is_whole || !secret.contains([',', ';', '&', '#', '$', '!', '^', '@', '"']))
}

#[test]
fn no_secret_survives_in_a_text() {
    let mut tried = 0;
    for line in LINES {
        for secret in SECRETS.into_iter().filter(|secret| can_hold(line, secret)) {
            let black = log(&fill(line, secret));
            assert!(!black.contains(secret), "{secret} in {black}");
            tried += 1;
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn a_secret_with_a_shape_of_its_own_needs_no_telling_word() {
    let shaped = SECRETS
        .iter()
        .filter(|secret| ["AKIA", "gh", "gl", "xo", "sk", "AI", "hv", "SG", "ey"].iter().any(|start| secret.starts_with(start)));
    for secret in shaped {
        for line in ["got %", "x=%;", "(%)", "\"%\"", "url?a=%&b=1", "%"] {
            let black = text(&fill(line, secret));
            assert!(!black.contains(secret), "{black}");
        }
    }
}

#[test]
fn a_key_of_which_the_log_has_only_the_end_goes_too() {
    let lines = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nAAAA\n-----END RSA PRIVATE KEY-----\nstarted";
    assert_eq!(log(lines), format!("{BLACK}\nstarted"));
}

#[test]
fn what_helps_stays_as_it_is() {
    for line in HELPFUL {
        assert_eq!(log(line), line);
    }
    let address = log("postgresql://app:hunter2@db:5432/app?sslmode=off");
    assert_eq!(address, "postgresql://app:REDACTED@db:5432/app?sslmode=off", "user, host and database say where it goes");
    let line = log(r#"{"password":"hunter2","port":5432}"#);
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), json!({"password": BLACK, "port": 5432}), "it is still JSON");
}

#[test]
fn doing_it_twice_changes_nothing() {
    for line in LINES {
        let once = log(&fill(line, SECRETS[0]));
        assert_eq!(log(&once), once);
    }
}

fn pod(secret: &str) -> Value {
    json!({
        "kind": "Pod",
        "metadata": {
            "name": "shop-api-1",
            "managedFields": [{"manager": "kubectl"}],
            "annotations": {APPLIED: format!("{{\"env\":[{{\"name\":\"A\",\"value\":\"{secret}\"}}]}}"), "checksum": "0ec3151"},
        },
        "spec": {
            "imagePullSecrets": [{"name": "regcred"}],
            "containers": [{
                "name": "app",
                "command": ["serve", "--token", secret, "--port", "8000"],
                "args": [format!("--db-password={secret}")],
                "env": [
                    {"name": "SECRET_KEY", "value": secret},
                    {"name": "DATABASE_URL", "value": format!("postgresql://shop:{secret}@db:5432/shop")},
                    {"name": "DB_PASS", "value": secret},
                    {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "PGPASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
                ],
                "livenessProbe": {"httpGet": {"path": "/", "httpHeaders": [{"name": "Authorization", "value": secret}]}},
            }],
            "volumes": [{"name": "file-0", "secret": {"secretName": "files", "items": [{"key": "token", "path": "file"}]}}],
        },
    })
}

#[test]
fn no_secret_survives_in_an_object() {
    for secret in SECRETS.into_iter().filter(|secret| !secret.contains('"')) {
        let mut pod = pod(secret);
        object(&mut pod);
        assert!(!pod.to_string().contains(secret), "{secret} in {pod:#}");
    }
}

#[test]
fn names_of_secrets_stay_in_an_object() {
    let mut pod = pod("hunter2hunter2");
    object(&mut pod);
    let container = &pod["spec"]["containers"][0];
    assert_eq!((&container["env"][3]["value"], &container["command"][4]), (&json!("info"), &json!("8000")));
    assert_eq!(container["env"][4]["valueFrom"]["secretKeyRef"], json!({"name": "db", "key": "password"}));
    assert_eq!(container["env"][1]["value"], "postgresql://shop:REDACTED@db:5432/shop");
    assert_eq!(pod["spec"]["volumes"][0]["secret"], json!({"secretName": "files", "items": [{"key": "token", "path": "file"}]}));
    assert_eq!((&pod["metadata"]["managedFields"], &pod["metadata"]["annotations"]), (&Value::Null, &json!({"checksum": "0ec3151"})));
}

#[test]
fn of_settings_only_those_that_look_secret_go() {
    let ini = |value: &str| format!("[db]\npassword = {value}\nhost = db\n");
    let mut map = json!({
        "data": {"PAGE_SIZE": "50", "db-password": "hunter2", "SECRET_KEY_FILE": "/run/key", "app.ini": ini("hunter2")},
        "binaryData": {"x": "aHVudGVyMg=="},
    });
    object(&mut map);
    let settings = json!({"PAGE_SIZE": "50", "db-password": BLACK, "SECRET_KEY_FILE": "/run/key", "app.ini": ini(BLACK)});
    assert_eq!((&map["data"], &map["binaryData"]), (&settings, &json!({"x": BLACK})));
    let mut app =
        json!({"spec": {"config": {"COLOUR": "red", "STRIPE_KEY": "hunter2"}, "api": {"env": [{"name": "TOKEN", "value": "hunter2"}]}}});
    object(&mut app);
    assert!(!app.to_string().contains("hunter2") && app["spec"]["config"]["COLOUR"] == "red", "{app}");
}

#[test]
fn nothing_that_looks_like_a_secret_survives_a_log() {
    for (line, secret) in [
        ("Authorization: Bearer abcdef123456.xyz", "abcdef123456"),
        ("authorization=Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNz"),
        ("login with eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("connecting to postgresql://app:hunter2@db:5432/app", "hunter2"),
        ("redis://:hunter2@redis:6379/0", "hunter2"),
        ("postgres://app:p%40ss/w@rd@db/app", "p%40ss"),
        ("DB_PASSWORD=hunter2 next", "hunter2"),
        (r#"{"event": "start", "db_password": "hun ter2", "port": 80}"#, "ter2"),
        (r#"{"text": "{\"api_key\": \"hunter2\"}"}"#, "hunter2"),
        ("api-key: 'hun ter2'", "ter2"),
        ("token: hunter2", "hunter2"),
        ("key AKIAIOSFODNN7EXAMPLE in use", "AKIAIOSF"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nAAAA\n-----END EC PRIVATE KEY-----", "MHcCAQEE"),
    ] {
        let black = log(line);
        assert!(!black.contains(secret) && black.contains(BLACK), "{line}: {black}");
    }
}

#[test]
fn an_object_keeps_its_shape_and_loses_its_secrets() {
    let mut pod = json!({
        "metadata": {"name": "p", "managedFields": [1], "annotations": {APPLIED: "DB_PASSWORD hunter2", "a": "b"}},
        "spec": {"containers": [{"name": "app", "env": [
            {"name": "DB_PASSWORD", "value": "hunter2"},
            {"name": "PAGE_SIZE", "value": "50"},
            {"name": "API_TOKEN", "valueFrom": {"secretKeyRef": {"name": "shop-token", "key": "token"}}},
        ]}], "volumes": [{"name": "key", "secret": {"secretName": "shop-key"}}]},
        "data": {"SMTP_PASSWORD": "hunter2", "COLOUR": "red", "SIGNING_KEY": "hunter2"},
        "command": ["python", "-c", "connect(password='hunter2'); fetch('https://me:hunter2@example.com')"],
    });
    object(&mut pod);
    let text = pod.to_string();
    assert!(!text.contains("hunter2") && !text.contains("managedFields"), "{text}");
    for kept in ["\"50\"", "shop-token", "shop-key", "\"red\"", "\"a\":\"b\""] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
}
