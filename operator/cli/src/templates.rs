//! The templates that the program carries: an app as it begins, and the parts that are added to one.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

// APP and PARTS: path and text of each file below templates/app and templates/parts, as build.rs finds them
include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// What renders templates. One that cannot be rendered is a mistake of ours: tests render each with every choice.
pub struct Engine(Environment<'static>);

impl Engine {
    pub fn new() -> Self {
        let mut engine = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
        engine.set_syntax(syntax.expect("it is the usual one"));
        engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        engine.set_auto_escape_callback(|_| AutoEscape::None);
        Self(engine)
    }

    pub fn rendered(&self, template: &str, context: &Value) -> String {
        self.0.render_str(template, context).expect("a test renders every template with every choice")
    }
}
