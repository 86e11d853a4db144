//! The black pen: what looks like a secret by its name or its shape is not passed on.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::Value;

/// What stands in its place.
const BLACK: &str = "REDACTED";
/// Parts of names whose values are secret.
const SECRET: [&str; 10] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL", "API_KEY", "APIKEY", "ACCESS_KEY", "PRIVATE_KEY", "DSN"];
/// An annotation that repeats a whole object.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Shapes that are secret wherever they stand; what is kept of each is its first group.
static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let shapes = [
        r"()-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)-----END [A-Z ]*PRIVATE KEY-----",
        r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}",
        r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",
        r"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r#"([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@"']*:)[^\s@"']+@"#,
    ];
    shapes.map(|shape| Regex::new(shape).expect("it is well formed")).into()
});
/// Settings in what programs say.
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    let setting = r#"(?i)([a-z0-9_.-]*(?:passw(?:or)?d|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)[a-z0-9_-]*\\?["']?\s*[:=]\s*)(\\?"[^"]*"|'[^']*'|[^\s"',;&}\])]+)"#;
    Regex::new(setting).expect("it is well formed")
});

/// Blacks out shapes.
pub fn text(text: &str) -> String {
    let black = |text: String, shape: &Regex| {
        let keep = |found: &Captures| {
            let end = if found[0].ends_with('@') { "@" } else { "" };
            format!("{}{BLACK}{end}", &found[1])
        };
        shape.replace_all(&text, keep).into_owned()
    };
    SHAPES.iter().fold(text.to_owned(), black)
}

/// Blacks out shapes, and the values of what has a secret's name.
pub fn log(log: &str) -> String {
    SETTING.replace_all(&text(log), |found: &Captures| format!("{}{BLACK}", &found[1])).into_owned()
}

/// Takes out of an object what has a secret's name, what its texts give away, and what only repeats the object.
pub fn object(value: &mut Value) {
    match value {
        Value::String(text) => *text = log(text),
        Value::Array(items) => items.iter_mut().for_each(object),
        Value::Object(fields) => {
            fields.remove("managedFields");
            fields.remove(APPLIED);
            let is_secret = fields.get("name").and_then(Value::as_str).is_some_and(is_secret_name);
            for (name, value) in fields.iter_mut() {
                let is_setting = is_variable(name) && is_secret_name(name);
                if value.is_string() && (is_setting || (is_secret && name == "value")) {
                    *value = BLACK.into();
                } else {
                    object(value);
                }
            }
        }
        _ => {}
    }
}

/// Whether it is written as variables are; fields of Kubernetes are not.
fn is_variable(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "_.-".contains(c))
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    SECRET.iter().any(|part| name.contains(part)) || name.ends_with("_KEY") || name == "KEY"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn what_is_no_secret_stays_readable() {
        for line in ["GET /orders?page=2 200 in 3 ms", "https://shop.example.com/a:b", "2026-01-01T00:00:00Z started", "3 tokens were read"]
        {
            assert_eq!(log(line), line);
        }
        assert_eq!(log("postgresql://app:hunter2@db:5432/app?sslmode=off"), "postgresql://app:REDACTED@db:5432/app?sslmode=off");
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
}
