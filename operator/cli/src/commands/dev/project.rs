//! A folder, and the app that its files say: in the cluster as they say it, unless somebody else applies it. What runs is not its matter.

use std::path::{Path, PathBuf};

use aegis_crds::AegisApp;
use aegis_crds::manifest::FILE;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{ObjectMeta, PostParams};
use kube::core::DynamicObject;
use serde_json::Value;

use super::field;
use super::image::Image;
use crate::args::dev::Dev;
use crate::commands::deploy;
use crate::commands::status::read::{self, answer};
use crate::connection::Connection;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use crate::written::{self, Reading};

/// A folder, and the app that its files say.
pub struct Project<'a> {
    pub args: &'a Dev,
    /// What says the app.
    pub file: PathBuf,
    environment: Option<String>,
}

impl<'a> Project<'a> {
    pub fn of(args: &'a Dev) -> Result<Self, Failure> {
        let file = args.file.clone().unwrap_or_else(|| args.folder.join(FILE));
        if !file.is_file() {
            let fix = "name the app's file with -f, or the folder of its manifest";
            return Err(Failure::new(format_args!("there is no {}", file.display()), "an app is what its file says", fix));
        }
        let environment = args.env.clone().or_else(|| has_dev(&file).then(|| "dev".to_owned()));
        Ok(Self { args, file, environment })
    }

    /// The app as it is written, with another image.
    pub fn app(&self, image: Option<&str>) -> Result<AegisApp, Failures> {
        // an image need not be written where one is built
        let image = Some(image.unwrap_or("aegis.local/dev"));
        let reading = Reading { environment: self.environment.as_deref(), image, namespace: self.args.namespace.as_deref() };
        let mut apps = written::apps(std::slice::from_ref(&self.file), &reading)?;
        let asked = self.args.namespace.as_deref();
        match (apps.pop(), apps.is_empty()) {
            (Some(app), true) => match asked.and_then(|asked| deploy::elsewhere(&app, asked)) {
                Some(failure) => Err(failure.into()),
                None => Ok(app),
            },
            _ => Err(Failure::new(self.file.display(), "it holds several apps", "name a file with one app: -f FILE").into()),
        }
    }

    /// An app that nobody else applies goes on with the image that was built last, whose migration is the one that its data has seen.
    pub async fn settle(&self, connection: &Connection, name: &str, image: &Image) -> Result<(), Failures> {
        let app = read::object(connection, name).await?;
        if field::others(&app).is_empty() {
            deploy::applied(connection, &self.app(Some(&image.reference))?, None, false).await?;
        }
        Ok(())
    }

    /// The app as it is in the cluster: made where it is not there, and as the file says it unless somebody else applies it. One that is
    /// only just made is paused, so that the operator begins with what is developed.
    pub async fn put(&self, connection: &Connection, name: &str, image: &Image, output: &Output) -> Result<DynamicObject, Failures> {
        let known = answer(connection, connection.apps().get_opt(name)).await?.map_err(|error| refusal::explain(&error, connection))?;
        let others = known.as_ref().map(field::others).unwrap_or_default();
        if let (Some(known), false) = (&known, others.is_empty()) {
            output.note(format_args!("{name} is applied by {}: its spec stays so, and only what runs is yours", others.join(", ")));
            return Ok(known.clone());
        }
        if known.is_none() {
            namespace(connection).await?;
        }
        let stays = known.as_ref().and_then(|known| known.data["spec"]["image"].as_str());
        let mut app = self.app(Some(stays.unwrap_or(&image.reference)))?;
        if known.is_none() {
            app.spec.paused = Some(true);
        }
        let done = deploy::applied(connection, &app, None, false).await?;
        output.step(format_args!("{name}: {done}"));
        Ok(read::object(connection, name).await?)
    }
}

/// Whether a manifest has an environment for this.
fn has_dev(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str::<Value>(&text).is_ok_and(|manifest| manifest["environments"]["dev"].is_object())
}

/// Makes the namespace, unless it is there.
async fn namespace(connection: &Connection) -> Result<(), Failure> {
    let metadata = ObjectMeta { name: Some(connection.namespace.clone()), ..Default::default() };
    let namespace = Namespace { metadata, ..Default::default() };
    let (namespaces, params) = (connection.everywhere::<Namespace>(), PostParams::default());
    match answer(connection, namespaces.create(&params, &namespace)).await? {
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        made => made.map(drop).map_err(|error| refusal::of_change(&error, connection)),
    }
}
