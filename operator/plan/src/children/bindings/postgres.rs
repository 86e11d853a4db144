//! A provisioned PostgreSQL: one database, one role that owns it.

use super::engine::Shape;
use crate::{
    App,
    app::Service,
    parts::environment::{from_secret, literal},
    recipe::{
        Ingredient::{Composed, Literal, Random},
        Recipe,
    },
};

const PORT: i32 = 5432;

pub(super) fn shape(app: &App, service: &Service) -> Shape {
    let secret = &service.made.name();
    Shape {
        image: app.settings.postgres_image.clone(),
        port: PORT,
        env: vec![
            from_secret("POSTGRES_USER", secret, "username"),
            from_secret("POSTGRES_PASSWORD", secret, "password"),
            from_secret("POSTGRES_DB", secret, "database"),
            literal("HOME", "/tmp"),
        ],
        ready: ["/bin/sh", "-c", r#"pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB""#].map(str::to_owned).into(),
    }
}

pub(super) fn recipe(app: &App, service: &Service, host: &str) -> Recipe {
    // a role of that name needs no quoting in SQL
    let name = app.name.replace('-', "_");
    let keys = [
        ("type", Literal("postgres".into())),
        ("host", Literal(host.into())),
        ("port", Literal(PORT.to_string())),
        ("username", Literal(name.clone())),
        ("password", Random(24)),
        ("database", Literal(name)),
        ("uri", Composed("postgresql://{username}:{password}@{host}:{port}/{database}".into())),
    ];
    Recipe {
        made: service.made.clone(),
        component: "bindings",
        secret_type: Some("servicebinding.io/postgresql".into()),
        is_found: false,
        keys: keys.map(|(key, ingredient)| (key.to_owned(), ingredient)).into(),
    }
}
