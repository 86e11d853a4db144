//! Values that look like secrets where anybody can read them. The value itself is never told.
//! A secret comes from a binding, a generated Secret or a reference.

use aegis_crds::AegisAppSpec;
use aegis_plan::Problem;
use k8s_openapi::api::core::v1::EnvVar;
use regex_lite::Regex;
use std::sync::LazyLock;

use crate::codes::SECRET_VALUE;

/// Ends of names whose values are secret.
const NAMES: [&str; 9] = ["PASSWORD", "PASSWD", "SECRET", "SECRET_KEY", "TOKEN", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIALS"];

/// What keys of well-known services and formats look like; a password in an address too.
static VALUES: LazyLock<Regex> = LazyLock::new(|| {
    let known = [
        r"AKIA[0-9A-Z]{16}",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"gh[pousr]_[A-Za-z0-9]{30,}",
        r"xox[abprs]-[A-Za-z0-9-]{10,}",
        r"sk_(live|test)_[A-Za-z0-9]{16,}",
        r"pylf_v[0-9]+_[A-Za-z0-9_]{16,}",
        r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
        r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s:@{}]+@",
    ];
    Regex::new(&known.join("|")).expect("the patterns are checked by a test")
});

/// Every literal that looks like a secret.
pub fn problems(spec: &AegisAppSpec) -> Vec<Problem> {
    let mut problems = vec![];
    let mut look = |path: String, name: &str, value: &str| {
        if is_secret(name, value) {
            let message = format!("the value of {name} looks like a secret, and everybody who has the manifest can read it");
            problems.push(Problem::new(&SECRET_VALUE, path, message));
        }
    };
    for (name, value) in &spec.config {
        look(format!("spec.config.{name}"), name, value);
    }
    for (path, env) in variables(spec) {
        for (i, variable) in env.iter().enumerate() {
            look(format!("{path}[{i}].value"), &variable.name, variable.value.as_deref().unwrap_or_default());
        }
    }
    problems
}

/// Whether a literal value is a secret, by its name or by itself.
pub fn is_secret(name: &str, value: &str) -> bool {
    !value.is_empty() && (is_named_secret(name) || VALUES.is_match(value))
}

fn is_named_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    NAMES.iter().any(|end| name == *end || name.ends_with(&format!("_{end}")))
}

fn variables(spec: &AegisAppSpec) -> Vec<(String, &[EnvVar])> {
    let one = |section: &str| format!("spec.{section}.env");
    let mut all = vec![("spec.env".to_owned(), spec.env.as_slice())];
    all.extend(spec.api.iter().map(|api| (one("api"), api.process.env.as_slice())));
    all.extend(spec.frontend.iter().map(|frontend| (one("frontend"), frontend.process.env.as_slice())));
    all.extend(spec.scheduler.iter().map(|scheduler| (one("scheduler"), scheduler.process.env.as_slice())));
    all.extend(spec.migration.iter().map(|migration| (one("migration"), migration.process.env.as_slice())));
    all.extend(spec.workers.iter().enumerate().map(|(i, worker)| (format!("spec.workers[{i}].env"), worker.process.env.as_slice())));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_one() {
        for (name, value) in [
            ("SECRET_KEY", "x"),
            ("db_password", "x"),
            ("LOGFIRE_TOKEN", "x"),
            ("HOOK", "xoxb-1234567890-abcdef"),
            ("ID", "AKIAIOSFODNN7EXAMPLE"),
            ("DATABASE_URL", "postgresql://shop:hunter2@db/shop"),
            ("CERT", "-----BEGIN RSA PRIVATE KEY-----"),
        ] {
            assert!(is_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("SECRET_KEY", ""),
            ("SECRET_KEY_FILE", "/run/key"),
            ("TOKEN_LIFETIME", "60"),
            ("DATABASE_URL", "postgresql://{username}:{password}@{host}"),
            ("API_URL", "http://shop-api:8000"),
            ("PUBLIC", "-----BEGIN PUBLIC KEY-----"),
        ] {
            assert!(!is_secret(name, value), "{name}");
        }
    }
}
