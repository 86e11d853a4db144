//! The variables of a process: the operator's own, the bindings', the generated secrets', the app's, the role's.
//! Later ones win; each name stands once, where it was first said, so that `$(NAME)` finds what it needs.

use k8s_openapi::api::core::v1::{ConfigMapEnvSource, EnvFromSource, EnvVar, EnvVarSource, SecretKeySelector};

use super::{
    auth, telemetry,
    template::{self, Piece, Template},
};
use crate::{
    App,
    app::{Binding, Role},
    contract,
};

/// `env` of a role's container.
pub(crate) fn variables(app: &App, role: &Role) -> Vec<EnvVar> {
    let mut all = contract(app, role);
    all.extend(app.bindings.iter().flat_map(binding));
    all.extend(app.secrets.iter().map(|secret| from_secret(&secret.key, &secret.made.name(), &secret.key)));
    all.extend(app.env.iter().chain(&role.env).map(verbatim));
    last_wins(all)
}

/// `envFrom` of a role's container.
pub(crate) fn sources(app: &App, role: &Role) -> Option<Vec<EnvFromSource>> {
    let config = app
        .config_name(role)
        .map(|name| EnvFromSource { config_map_ref: Some(ConfigMapEnvSource { name, ..Default::default() }), ..Default::default() });
    let all: Vec<_> = config.into_iter().chain(app.env_from.iter().chain(&role.env_from).cloned()).collect();
    (!all.is_empty()).then_some(all)
}

/// Text that Kubernetes hands over as it stands: `$(NAME)` in it is not expanded.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}

/// A variable with this text.
pub(crate) fn literal(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(escaped(value)), ..Default::default() }
}

/// A variable with the value of a Secret's key.
pub(crate) fn from_secret(name: &str, secret: &str, key: &str) -> EnvVar {
    let selector = SecretKeySelector { name: secret.to_owned(), key: key.to_owned(), ..Default::default() };
    EnvVar {
        name: name.to_owned(),
        value_from: Some(EnvVarSource { secret_key_ref: Some(selector), ..Default::default() }),
        ..Default::default()
    }
}

/// A new version of a referenced Secret rolls the pods, which read it at start.
pub(crate) fn versions<'a>(bindings: impl Iterator<Item = &'a Binding>) -> Option<EnvVar> {
    let versions: Vec<String> = bindings.filter_map(|binding| Some(format!("{}={}", binding.name, binding.version.as_ref()?))).collect();
    (!versions.is_empty()).then(|| literal(contract::AEGIS_BINDING_VERSIONS, &versions.join(",")))
}

fn contract(app: &App, role: &Role) -> Vec<EnvVar> {
    let release = app.image_version();
    let mut all = vec![
        literal(contract::HOME, "/tmp"),
        literal(contract::LOG_FORMAT, app.observability.log_format),
        literal(contract::LOG_LEVEL, app.observability.log_level),
        literal(contract::OTEL_SERVICE_NAME, &telemetry::service(app, role)),
        literal(contract::AEGIS_APP, &app.name),
        literal(contract::AEGIS_NAMESPACE, &app.namespace),
        literal(contract::AEGIS_ROLE, &role.name),
        literal(contract::AEGIS_RELEASE, &release),
    ];
    all.extend(versions(app.bindings.iter()));
    all.extend(telemetry::variables(app, role));
    all.extend(auth::variables(app, role));
    all
}

fn binding(binding: &Binding) -> Vec<EnvVar> {
    let (secret, mut all) = (binding.secret(), vec![]);
    for (name, text) in &binding.env {
        let template = template::parse(text).expect("accept refuses a template that does not parse");
        if let [Piece::Key(key)] = template.0.as_slice() {
            all.push(from_secret(name, &secret, key));
            continue;
        }
        all.extend(template.keys().map(|key| from_secret(&part(binding, key), &secret, key)));
        all.push(EnvVar { name: name.clone(), value: Some(composed(binding, &template)), ..Default::default() });
    }
    all
}

fn composed(binding: &Binding, template: &Template) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => escaped(text),
        Piece::Key(key) => format!("$({})", part(binding, key)),
    };
    template.0.iter().map(text).collect()
}

/// A variable of its own for each key: two underscores end the binding's name, which has no doubled hyphen, and what
/// cannot stand in a variable is written in hexadecimal.
fn part(binding: &Binding, key: &str) -> String {
    let name = binding.name.replace('-', "_").to_ascii_uppercase();
    let mut variable = format!("AEGIS_BINDING_{name}__");
    for c in key.chars() {
        match c {
            'a'..='z' | '0'..='9' => variable.push(c.to_ascii_uppercase()),
            other => variable.push_str(&format!("_{:02x}", u32::from(other))),
        }
    }
    variable
}

fn verbatim(var: &EnvVar) -> EnvVar {
    EnvVar { value: var.value.as_deref().map(escaped), ..var.clone() }
}

fn last_wins(all: Vec<EnvVar>) -> Vec<EnvVar> {
    let mut kept: Vec<EnvVar> = vec![];
    for var in all {
        match kept.iter_mut().find(|known| known.name == var.name) {
            Some(known) => *known = var,
            None => kept.push(var),
        }
    }
    kept
}
