//! An app of the aegis-stack package, as its folder tells of it.

use std::fs;
use std::path::{Path, PathBuf};

use aegis_crds::rules;
use aegis_plan::accept::names;
use serde_json::Value;

use crate::failure::{Failure, Failures};

/// What was read.
pub struct Stack {
    pub folder: PathBuf,
    pub name: String,
    /// `.copier-answers.yml`
    pub answers: Value,
    /// Services of the compose file that run the app's image, and those that do not.
    pub roles: Vec<Service>,
    pub services: Vec<String>,
    /// Variables of `.env.example`, with what stands there.
    pub variables: Vec<(String, String)>,
}

/// A service of the compose file.
pub struct Service {
    pub name: String,
    /// The role, and what follows it.
    pub words: Vec<String>,
    pub environment: Vec<(String, String)>,
    /// Folders that outlive the container.
    pub volumes: Vec<String>,
    pub probe: Vec<String>,
    /// Bytes, as Kubernetes writes them.
    pub memory: Option<String>,
}

impl Stack {
    pub fn read(folder: &Path) -> Result<Self, Failures> {
        let answers = yaml(&folder.join(".copier-answers.yml"), "this is the folder of no app of the aegis-stack package: name another")?;
        let compose = yaml(&folder.join("docker-compose.yml"), "the roles of the app are read from it: make it again with aegis update")?;
        let name = answers["project_slug"].as_str().unwrap_or_default().to_owned();
        if !names::is_app(&name) {
            let why = format!("project_slug {name:?}: {}", rules::APP_NAME);
            return Err(Failure::new(".copier-answers.yml", why, "give it another project_slug").into());
        }
        let all = compose["services"].as_object().cloned().unwrap_or_default();
        let is_role =
            |service: &Value| service.get("build").is_some() && words(&service["command"]).first().is_some_and(|word| word != "test");
        let (roles, services): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, service)| is_role(service));
        let roles: Vec<Service> = roles.iter().map(|(name, service)| Service::of(name, service)).collect();
        if !roles.iter().any(|role| role.words[0] == "webserver") {
            let why = "no service of it runs the app's image as webserver";
            return Err(
                Failure::new(folder.join("docker-compose.yml").display(), why, "see whether its services have build and command").into()
            );
        }
        let env = fs::read_to_string(folder.join(".env.example")).unwrap_or_default();
        let variables = env.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| is_variable(name));
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let services = services.into_iter().map(|(name, _)| name).collect();
        Ok(Self { folder: folder.to_owned(), name, answers, roles, services, variables })
    }

    /// Whether the app was made with this.
    pub fn has(&self, answer: &str) -> bool {
        self.answers[answer] == true
    }

    pub fn is_there(&self, path: &str) -> bool {
        self.folder.join(path).exists()
    }
}

impl Service {
    fn of(name: &str, service: &Value) -> Self {
        let pairs = words(&service["environment"]).into_iter();
        let environment = pairs.filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), chosen(value))));
        let volumes = words(&service["volumes"]);
        let targets = volumes.iter().filter_map(|volume| volume.split(':').nth(1).map(str::to_owned));
        let probe = words(&service["healthcheck"]["test"]).into_iter().skip(1).collect();
        let memory = service["deploy"]["resources"]["limits"]["memory"].as_str().map(chosen);
        // compose counts in units of 1024
        let memory = memory.and_then(|text| text.strip_suffix(['M', 'm']).map(|number| format!("{number}Mi")));
        Self {
            name: name.to_owned(),
            words: words(&service["command"]),
            environment: environment.collect(),
            volumes: targets.collect(),
            probe,
            memory,
        }
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A list of texts, or a text that is parted by white space.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(items) => items.iter().filter_map(|item| item.as_str()).map(str::to_owned).collect(),
        _ => vec![],
    }
}

/// What `${NAME:-value}` comes to where nothing is set.
fn chosen(text: &str) -> String {
    text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')?.split_once(":-")).map_or(text, |(_, value)| value).to_owned()
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A file of YAML, in which one part may be merged into others.
fn yaml(path: &Path, fix: &str) -> Result<Value, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::new(path.display(), error, fix))?;
    let mut value: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|error| Failure::new(path.display(), error, "correct it"))?;
    value.apply_merge().map_err(|error| Failure::new(path.display(), error, "correct it"))?;
    serde_json::to_value(value).map_err(|error| Failure::new(path.display(), error, "correct it"))
}
