//! `scale`: how many pods a role has, within what the spec allows. It edits the spec, so it lasts.

use aegis_plan::nearest::nearest;
use kube::core::DynamicObject;
use serde_json::{Map, Value, json};

use super::status;
use crate::args::change::{Bounds, Scale};
use crate::connection::{self, Connection};
use crate::edit::{self, Edit, Step};
use crate::failure::{Failure, Failures};
use crate::output::Output;

pub fn run(args: &Scale, output: &Output) -> Result<(), Failures> {
    connection::block_on(scale(args, output))?
}

async fn scale(args: &Scale, output: &Output) -> Result<(), Failures> {
    let connection = Connection::open(&args.target).await?;
    let app = status::read::object(&connection, &args.name).await?;
    let edit = edit(&app, &args.role, args.bounds)?;
    edit::apply(&connection, &app, &edit, output).await?;
    status::after_change(&connection, &args.name, args.wait, output).await
}

fn edit(app: &DynamicObject, role: &str, bounds: Bounds) -> Result<Edit, Failure> {
    let spec = &app.data["spec"];
    let (mut path, section) = section(spec, role)?;
    path.push(Step::Field("replicas"));
    Ok(Edit::new(path, replicas(&section["replicas"], bounds)))
}

/// Where the role stands in the spec, and what is written there.
fn section<'a>(spec: &'a Value, role: &str) -> Result<(Vec<Step>, &'a Value), Failure> {
    let workers = spec["workers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(at) = workers.iter().position(|worker| worker["name"] == role) {
        return Ok((vec![Step::Field("workers"), Step::Item(role.to_owned(), at)], &workers[at]));
    }
    match role {
        "api" => Ok((vec![Step::Field("api")], &spec["api"])),
        "frontend" if !spec["frontend"].is_null() => Ok((vec![Step::Field("frontend")], &spec["frontend"])),
        "scheduler" if !spec["scheduler"].is_null() => Err(Failure::new(
            "scheduler cannot be scaled",
            "there are never two at once",
            "to stop it with all other roles: aegisctl suspend",
        )),
        _ => Err(unknown(spec, role)),
    }
}

fn unknown(spec: &Value, role: &str) -> Failure {
    let workers = spec["workers"].as_array().into_iter().flatten().filter_map(|worker| worker["name"].as_str());
    let frontend = (!spec["frontend"].is_null()).then_some("frontend");
    let known: Vec<&str> = ["api"].into_iter().chain(frontend).chain(workers).collect();
    let fix = nearest(role, known.iter().copied()).map_or_else(|| "name one of these".to_owned(), |meant| format!("did you mean {meant}?"));
    Failure::new(format_args!("there is no role {role}"), format_args!("it has {}", known.join(", ")), fix)
}

/// The bounds with those that are given; equal ones are one number.
fn replicas(written: &Value, bounds: Bounds) -> Value {
    if let Some(count) = bounds.replicas {
        return json!({"min": count});
    }
    let mut replicas = written.as_object().cloned().unwrap_or_else(Map::new);
    let given = [("min", bounds.min), ("max", bounds.max)];
    replicas.extend(given.into_iter().filter_map(|(name, count)| Some((name.to_owned(), json!(count?)))));
    Value::Object(replicas)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALWAYS: fn(i32) -> Bounds = |count| Bounds { replicas: Some(count), min: None, max: None };

    fn spec() -> Value {
        json!({"workers": [{"name": "mail"}, {"name": "orders", "replicas": {"min": 1, "max": 4}}], "scheduler": {}})
    }

    #[test]
    fn bounds_that_are_not_given_stay() {
        let written = json!({"min": 1, "max": 4});
        let bounds = |min, max| Bounds { replicas: None, min, max };
        assert_eq!(replicas(&written, bounds(Some(2), None)), json!({"min": 2, "max": 4}));
        assert_eq!(replicas(&written, bounds(None, Some(9))), json!({"min": 1, "max": 9}));
        assert_eq!(replicas(&Value::Null, bounds(Some(0), Some(3))), json!({"min": 0, "max": 3}));
        assert_eq!(replicas(&written, ALWAYS(3)), json!({"min": 3}), "a fixed count has no other bound");
    }

    #[test]
    fn a_role_is_found_where_the_spec_has_it() {
        let spec = spec();
        assert_eq!(section(&spec, "orders").unwrap().1["replicas"]["max"], 4);
        assert!(section(&spec, "api").unwrap().1.is_null(), "the api is always there");
    }

    #[test]
    fn a_role_that_cannot_be_scaled_is_told_with_those_that_can() {
        let spec = spec();
        let told = |role| section(&spec, role).unwrap_err();
        assert!(told("scheduler").why.contains("never two"));
        assert_eq!((told("order").why.as_str(), told("order").fix.as_str()), ("it has api, mail, orders", "did you mean orders?"));
        assert_eq!(told("frontend").fix, "name one of these");
    }
}
