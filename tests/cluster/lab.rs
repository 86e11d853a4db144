//! The cluster the suite runs on, with what was put there before: operator, flagship and the small image.
//! It makes none of these.

use std::{env, path::PathBuf, time::Duration};

use aegis_crds::AegisApp;
use k8s_openapi::api::{apps::v1::Deployment, core::v1::Namespace};
use kube::{
    Api, Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};

/// Namespace of the operator.
pub const OPERATOR: &str = "aegis-system";
/// Namespace of the flagship, and its name.
pub const SHOP: &str = "shop";

/// Ways into the cluster.
#[derive(Clone)]
pub struct Lab {
    /// Its API server.
    pub client: Client,
    /// The flagship's URL on this machine.
    pub url: Client,
    /// Image of `examples/hello`, which the nodes have.
    pub hello: String,
    /// Image of real workers, which the nodes have too.
    pub workers: String,
    /// Image of a real OpenTelemetry Collector, as well.
    pub collector: String,
}

impl Lab {
    /// The cluster that `AEGIS_CLUSTER` and `AEGIS_PORT` name, or why it cannot be used.
    pub async fn enter() -> Result<Self, String> {
        let client = Client::try_from(config().await?).map_err(|error| error.to_string())?;
        let port = variable("AEGIS_PORT")?;
        let uri = format!("http://127.0.0.1:{port}").parse().map_err(|error| format!("AEGIS_PORT is {port:?}: {error}"))?;
        let url = Client::try_from(Config::new(uri)).map_err(|error| error.to_string())?;
        let [hello, workers, collector] = ["HELLO", "WORKERS", "COLLECTOR"].map(|name| variable(&format!("AEGIS_{name}_IMAGE")));
        let lab = Self { client, url, hello: hello?, workers: workers?, collector: collector? };
        lab.look().await?;
        Ok(lab)
    }

    async fn look(&self) -> Result<(), String> {
        let namespaces = Api::<Namespace>::all(self.client.clone());
        let operators = Api::<Deployment>::namespaced(self.client.clone(), OPERATOR);
        let apps = Api::<AegisApp>::namespaced(self.client.clone(), SHOP);
        namespaces.get("default").await.map_err(|error| format!("the API server does not answer: {error}"))?;
        operators.get("aegis").await.map_err(|error| format!("the operator is not installed in namespace {OPERATOR}: {error}"))?;
        apps.get(SHOP).await.map_err(|error| format!("the flagship does not run in namespace {SHOP}: {error}"))?;
        Ok(())
    }
}

async fn config() -> Result<Config, String> {
    let path = kubeconfig()?;
    let kubeconfig = Kubeconfig::read_from(&path).map_err(|error| format!("there is no cluster: {error}"))?;
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| format!("{}: {error}", path.display()))?;
    config.connect_timeout = Some(Duration::from_secs(5));
    Ok(config)
}

/// Where the cluster's kubeconfig is.
pub fn kubeconfig() -> Result<PathBuf, String> {
    Ok(cache()?.join("clusters").join(variable("AEGIS_CLUSTER")?).join("kubeconfig"))
}

fn cache() -> Result<PathBuf, String> {
    let own = env::var_os("AEGIS_CACHE").map(PathBuf::from);
    let users = || env::var_os("XDG_CACHE_HOME").map(|folder| PathBuf::from(folder).join("aegis"));
    let home = || env::var_os("HOME").map(|folder| PathBuf::from(folder).join(".cache/aegis"));
    own.or_else(users).or_else(home).ok_or_else(|| "AEGIS_CACHE and HOME are not set".to_owned())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set"))
}
