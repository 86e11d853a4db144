//! An edit of one field of an app's spec: tried on the server and by the operator's own rules before anything is changed, and sent so that
//! it touches nothing else. It says who else claims the field.

use aegis_crds::AegisApp;
use aegis_plan::{Problem, accept};
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;

/// The name under which the server keeps what this program changed.
pub const MANAGER: &str = "aegisctl";

/// A field and what it shall be.
pub struct Edit {
    path: Vec<Step>,
    value: Value,
}

/// A step to the field.
#[derive(Debug, Clone)]
pub enum Step {
    Field(&'static str),
    /// The item of that name, and its place in the list.
    Item(String, usize),
}

impl Edit {
    pub fn new(path: Vec<Step>, value: Value) -> Self {
        Self { path, value }
    }

    /// As people write it: `spec.workers[orders].replicas`.
    fn words(&self) -> String {
        self.path.iter().fold("spec".to_owned(), |path, step| match step {
            Step::Field(name) => format!("{path}.{name}"),
            Step::Item(name, _) => format!("{path}[{name}]"),
        })
    }

    /// What the field is now.
    fn current<'a>(&self, app: &'a DynamicObject) -> &'a Value {
        self.path.iter().fold(&app.data["spec"], |value, step| match step {
            Step::Field(name) => &value[*name],
            Step::Item(_, at) => &value[*at],
        })
    }

    /// JSON patch operations: what is between spec and the field is made when it is not there, and an item is still the one that was meant.
    fn patch(&self, app: &DynamicObject) -> Value {
        let mut pointer = "/spec".to_owned();
        let mut value = &app.data["spec"];
        let mut operations = vec![];
        for (i, step) in self.path.iter().enumerate() {
            let is_last = i + 1 == self.path.len();
            value = match step {
                Step::Field(name) => {
                    pointer = format!("{pointer}/{name}");
                    &value[*name]
                }
                Step::Item(name, at) => {
                    pointer = format!("{pointer}/{at}");
                    operations.push(json!({"op": "test", "path": format!("{pointer}/name"), "value": name}));
                    &value[*at]
                }
            };
            if is_last {
                operations.push(json!({"op": "add", "path": pointer, "value": self.value}));
            } else if value.is_null() {
                operations.push(json!({"op": "add", "path": pointer, "value": {}}));
            }
        }
        Value::Array(operations)
    }

    /// Who else has set the field, as the server remembers it.
    fn claimants(&self, app: &DynamicObject) -> Vec<String> {
        let managed = app.metadata.managed_fields.iter().flatten();
        let others = managed.filter(|entry| entry.manager.as_deref() != Some(MANAGER));
        let owns = others.filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| self.is_among(&fields.0)));
        owns.filter_map(|entry| entry.manager.clone()).collect()
    }

    fn is_among(&self, fields: &Value) -> bool {
        let end = self.path.iter().fold(&fields["f:spec"], |fields, step| match step {
            Step::Field(name) => &fields[format!("f:{name}")],
            Step::Item(name, _) => &fields[format!("k:{}", json!({"name": name}))],
        });
        !end.is_null()
    }
}

/// Makes the edit, or says everything that is against it; nothing is changed then.
pub async fn apply(connection: &Connection, app: &DynamicObject, edit: &Edit, output: &Output) -> Result<(), Failures> {
    let (name, path) = (app.name_any(), edit.words());
    let before = edit.current(app);
    if *before == edit.value {
        output.data(format_args!("{name}: {path} is {before} already"));
        return Ok(());
    }
    let patch = edit.patch(app);
    let tried = send(connection, &name, &patch, true).await?;
    let against = against(app, &tried);
    if !against.is_empty() {
        return Err(Failures(against));
    }
    send(connection, &name, &patch, false).await?;
    let was = if before.is_null() { "not set".to_owned() } else { before.to_string() };
    output.data(format_args!("{name}: {path} is {}, was {was}", edit.value));
    for other in edit.claimants(app) {
        output.warning(format_args!("{path} was set by {other}, and will be again when that applies its own copy: change it there too"));
    }
    Ok(())
}

async fn send(connection: &Connection, name: &str, patch: &Value, is_trial: bool) -> Result<DynamicObject, Failure> {
    let params = PatchParams { dry_run: is_trial, field_manager: Some(MANAGER.to_owned()), ..Default::default() };
    let patch = Patch::Json::<()>(serde_json::from_value(patch.clone()).expect("the operations are a JSON patch"));
    let sent = answer(connection, connection.apps().patch(name, &params, &patch)).await?;
    sent.map_err(|error| refusal::of_change(&error, connection))
}

/// What the operator would refuse, and did not refuse before.
fn against(before: &DynamicObject, after: &DynamicObject) -> Vec<Failure> {
    let known = errors(before);
    let new = errors(after).into_iter().filter(|problem| !known.contains(problem));
    new.map(|problem| Failure::new(format_args!("{} at {}", problem.code.name, problem.path), problem.message, problem.fix)).collect()
}

fn errors(app: &DynamicObject) -> Vec<Problem> {
    let spec = json!({"metadata": {"name": app.name_any(), "namespace": app.namespace()}, "spec": app.data["spec"]});
    // an app of another version's shape is the server's to judge
    let typed: Option<AegisApp> = serde_json::from_value(spec).ok();
    let problems = typed.map(|app| accept::problems(&app)).unwrap_or_default();
    problems.into_iter().filter(Problem::is_error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(spec: Value) -> DynamicObject {
        let fields = json!({"f:spec": {"f:workers": {"k:{\"name\":\"orders\"}": {"f:replicas": {"f:min": {}}}}}});
        let managed = json!([{"manager": "pipeline", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields}]);
        serde_json::from_value(json!({"metadata": {"name": "shop", "managedFields": managed}, "spec": spec})).unwrap()
    }

    fn orders(value: Value) -> Edit {
        Edit::new(vec![Step::Field("workers"), Step::Item("orders".into(), 1), Step::Field("replicas")], value)
    }

    #[test]
    fn a_field_of_an_item_is_changed_only_while_the_item_is_where_it_was() {
        let app = app(json!({"workers": [{"name": "mail"}, {"name": "orders", "replicas": {"min": 1}}]}));
        let edit = orders(json!({"min": 3}));
        assert_eq!(edit.words(), "spec.workers[orders].replicas");
        assert_eq!(edit.current(&app), &json!({"min": 1}));
        let patch = json!([
            {"op": "test", "path": "/spec/workers/1/name", "value": "orders"},
            {"op": "add", "path": "/spec/workers/1/replicas", "value": {"min": 3}},
        ]);
        assert_eq!(edit.patch(&app), patch);
    }

    #[test]
    fn a_section_that_is_not_written_is_made_for_the_field() {
        let edit = Edit::new(vec![Step::Field("api"), Step::Field("replicas")], json!({"min": 2}));
        let patch = json!([
            {"op": "add", "path": "/spec/api", "value": {}},
            {"op": "add", "path": "/spec/api/replicas", "value": {"min": 2}},
        ]);
        assert_eq!(edit.patch(&app(json!({"image": "shop:1"}))), patch);
    }

    #[test]
    fn who_else_set_the_field_is_named() {
        let app = app(json!({"workers": [{"name": "mail"}, {"name": "orders"}]}));
        assert_eq!(orders(json!({})).claimants(&app), ["pipeline"]);
        assert!(Edit::new(vec![Step::Field("suspended")], json!(true)).claimants(&app).is_empty());
    }

    #[test]
    fn only_what_the_edit_broke_is_told() {
        let before = app(json!({"image": "shop:1", "schedules": [{"name": "a", "schedule": "61 * * * *", "run": {"args": ["x"]}}]}));
        let mut after = before.clone();
        after.data["spec"]["api"] = json!({"replicas": {"min": 3, "max": 2}});
        let told: Vec<String> = against(&before, &after).into_iter().map(|failure| failure.what).collect();
        assert_eq!(told, ["MinAboveMax at spec.api.replicas"]);
        assert!(against(&after, &after).is_empty());
    }
}
