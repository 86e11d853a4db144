//! Beside the app: how much work waits in its queues, told as metrics and to the scaler, and work put there.
//! It knows the queues of one app and nothing of Kubernetes.

mod address;
mod answer;
mod app;
mod arq;
mod broker;
mod busy;
mod clock;
mod completed;
mod dramatiq;
mod enqueue;
mod failure;
mod fault;
mod gate;
mod library;
mod list;
mod look;
mod metrics;
mod once;
mod options;
mod pages;
mod pause;
mod pickle;
mod requests;
mod stream;
mod taskiq;

use std::{env, sync::Arc};

pub use failure::Failure;
pub use options::Options;
use options::{Command, Enqueue, Serve};

/// Does what the options say; `serve` until `stop` is over, which ends it at once: nothing here has to be finished.
pub async fn run(options: Options, stop: impl Future<Output = ()>) -> Result<(), Failure> {
    let app = Arc::new(app::App::read(&options.config, |name| env::var(name).ok())?);
    match options.command {
        Command::Serve(serve) => {
            tokio::select! {
                ended = serve_app(serve, app) => ended,
                () = stop => Ok(()),
            }
        }
        Command::Enqueue(task) => enqueue_one(task, &app).await,
    }
}

async fn serve_app(serve: Serve, app: Arc<app::App>) -> Result<(), Failure> {
    let looks = Arc::new(look::Looks::new(app.clone()));
    let holds = Arc::new(pause::Holds::new(app.clone()));
    let served = Arc::new(pages::Served { app, looks: looks.clone(), holds: holds.clone() });
    let pages = pages::serve(serve.listen, serve.loopback, served).await?;
    tokio::select! {
        ended = pages => ended,
        () = looks.run() => Ok(()),
        () = holds.renew() => Ok(()),
    }
}

/// Prints what came of it as one line of JSON.
async fn enqueue_one(task: Enqueue, app: &app::App) -> Result<(), Failure> {
    let Enqueue { worker, queue, actor, args, kwargs, id, once_seconds } = task;
    let asked = enqueue::Asked { worker, queue, actor, args, kwargs, id, once_seconds };
    let done = enqueue::enqueue(app, asked).await.map_err(Failure::Enqueue)?;
    println!("{}", serde_json::to_string(&done).expect("two fields can be written"));
    Ok(())
}
