//! `suspend` and `resume`: every role at zero, or back where it was. Data and configuration stay.

use serde_json::json;

use super::status;
use crate::args::change::Switch;
use crate::connection::{self, Connection};
use crate::edit::{self, Edit, Step};
use crate::failure::Failures;
use crate::output::Output;

pub fn suspend(args: &Switch, output: &Output) -> Result<(), Failures> {
    connection::block_on(switch(args, true, output))?
}

pub fn resume(args: &Switch, output: &Output) -> Result<(), Failures> {
    connection::block_on(switch(args, false, output))?
}

async fn switch(args: &Switch, to: bool, output: &Output) -> Result<(), Failures> {
    let connection = Connection::open(&args.target).await?;
    let app = status::read::object(&connection, &args.name).await?;
    if !to && !app.data["spec"]["suspended"].as_bool().unwrap_or_default() {
        output.data(format_args!("{} is not suspended", args.name));
    } else {
        edit::apply(&connection, &app, &Edit::new(vec![Step::Field("suspended")], json!(to)), output).await?;
    }
    status::after_change(&connection, &args.name, args.wait, output).await
}
