//! A provisioned Redis: a password, and every write on disk before it counts as old.

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

const PORT: i32 = 6379;

pub(super) fn shape(app: &App, service: &Service) -> Shape {
    Shape {
        image: app.settings.redis_image.clone(),
        port: PORT,
        env: vec![from_secret("REDIS_PASSWORD", &service.made.name(), "password"), literal("HOME", "/tmp")],
        ready: ["/bin/sh", "-c", r#"REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h 127.0.0.1 ping | grep -q PONG"#].map(str::to_owned).into(),
    }
}

pub(super) fn recipe(service: &Service, host: &str) -> Recipe {
    let keys = [
        ("type", Literal("redis".into())),
        ("host", Literal(host.into())),
        ("port", Literal(PORT.to_string())),
        ("username", Literal("default".into())),
        ("password", Random(24)),
        ("database", Literal("0".into())),
        ("uri", Composed("redis://:{password}@{host}:{port}/{database}".into())),
    ];
    Recipe {
        made: service.made.clone(),
        component: "bindings",
        secret_type: Some("servicebinding.io/redis".into()),
        is_found: false,
        keys: keys.map(|(key, ingredient)| (key.to_owned(), ingredient)).into(),
    }
}
