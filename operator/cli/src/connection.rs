//! Which cluster a command talks to, and a client for it. It asks nothing of the cluster itself.

use std::collections::BTreeSet;
use std::env;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aegis_crds::AegisApp;
use aegis_plan::Kind;
use k8s_openapi::NamespaceResourceScope;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::core::{ApiResource, DynamicObject};
use kube::{Api, Client, Config, Resource};

use crate::args::Target;
use crate::failure::Failure;
use crate::kind;

/// An API server that does not take a connection within this time is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// The local cluster that commands turn to when nothing else is configured.
const LOCAL: &str = "aegis";

/// A client, and what messages say about where it leads.
pub struct Connection {
    client: Client,
    pub namespace: String,
    pub server: String,
    pub source: Source,
}

/// Where the way to the cluster is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The file that `--kubeconfig` names.
    Flag(PathBuf),
    /// The files that KUBECONFIG names.
    Environment,
    /// `~/.kube/config`.
    Home(PathBuf),
    /// The pod that this process runs in.
    Pod,
    /// The kubeconfig of `aegisctl cluster up`.
    Local(PathBuf),
}

impl Connection {
    pub async fn open(target: &Target) -> Result<Self, Failure> {
        let source = choose(target.kubeconfig.as_deref())?;
        let mut config = config(&source, target.context.as_deref()).await.map_err(|error| unusable(&source, &*error))?;
        config.connect_timeout = Some(CONNECT);
        let namespace = target.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let server = config.cluster_url.to_string();
        let client = Client::try_from(config).map_err(|error| unusable(&source, &error))?;
        Ok(Self { client, namespace, server, source })
    }

    /// The apps of one namespace. Untyped, so that one of an older or newer shape can still be shown.
    pub fn apps(&self) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), &self.namespace, &ApiResource::erase::<AegisApp>(&()))
    }

    /// Objects of a kind in the same namespace.
    pub fn namespaced<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    /// Objects of a kind in another namespace.
    pub fn namespaced_in<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Objects of a kind of the table in the same namespace.
    pub fn kind(&self, kind: Kind) -> Api<DynamicObject> {
        let resource = ApiResource {
            group: kind.group.to_owned(),
            version: kind.version.to_owned(),
            api_version: kind.api_version(),
            kind: kind.kind.to_owned(),
            plural: kind.plural.to_owned(),
        };
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    /// Objects of a kind in every namespace, or in none.
    pub fn everywhere<K: Resource<DynamicType = ()>>(&self) -> Api<K> {
        Api::all(self.client.clone())
    }

    /// The version of Kubernetes that the server is of.
    pub async fn server_version(&self) -> kube::Result<String> {
        self.client.apiserver_version().await.map(|version| version.git_version)
    }

    /// The API groups that the server knows.
    pub async fn api_groups(&self) -> kube::Result<BTreeSet<String>> {
        let groups = self.client.list_api_groups().await?;
        Ok(groups.groups.into_iter().map(|group| group.name).collect())
    }

    /// What the pods of the same namespace use, as metrics-server tells it.
    pub fn pod_metrics(&self) -> Api<DynamicObject> {
        let resource = ApiResource {
            group: "metrics.k8s.io".to_owned(),
            version: "v1beta1".to_owned(),
            api_version: "metrics.k8s.io/v1beta1".to_owned(),
            kind: "PodMetrics".to_owned(),
            plural: "pods".to_owned(),
        };
        Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
    }

    /// The apps of every namespace.
    pub fn all_apps(&self) -> Api<DynamicObject> {
        Api::all_with(self.client.clone(), &ApiResource::erase::<AegisApp>(&()))
    }
}

/// Runs a command that talks to a cluster.
pub fn block_on<F: Future>(command: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("starting", error, "free some threads and file descriptors (ulimit -a)"))?;
    let end = runtime.block_on(command);
    // somebody may still be waited for to type
    runtime.shutdown_background();
    Ok(end)
}

/// The flag, KUBECONFIG, the user's own file, the pod, the local cluster: the first that there is.
fn choose(flag: Option<&Path>) -> Result<Source, Failure> {
    if let Some(path) = flag {
        return Ok(Source::Flag(path.to_owned()));
    }
    if env::var_os("KUBECONFIG").is_some_and(|value| !value.is_empty()) {
        return Ok(Source::Environment);
    }
    let home = env::home_dir().map(|home| home.join(".kube/config")).filter(|path| has_context(path));
    let pod = || env::var_os("KUBERNETES_SERVICE_HOST").map(|_| Source::Pod);
    let local = || Some(kind::kubeconfig(LOCAL)).filter(|path| path.is_file()).map(Source::Local);
    home.map(Source::Home).or_else(pod).or_else(local).ok_or_else(|| {
        Failure::new(
            "no cluster is configured",
            "there is no --kubeconfig, no KUBECONFIG, no current context in ~/.kube/config and no local cluster",
            "name a kubeconfig with --kubeconfig FILE, or make a local cluster: aegisctl cluster up",
        )
    })
}

/// A user's own kubeconfig without a current context leads nowhere.
fn has_context(path: &Path) -> bool {
    path.is_file() && Kubeconfig::read_from(path).is_ok_and(|config| config.current_context.is_some_and(|name| !name.is_empty()))
}

async fn config(source: &Source, context: Option<&str>) -> Result<Config, Box<dyn std::error::Error>> {
    let kubeconfig = match source {
        Source::Flag(path) | Source::Home(path) | Source::Local(path) => Kubeconfig::read_from(path)?,
        Source::Environment => Kubeconfig::from_env()?.ok_or(KubeconfigError::FindPath)?,
        Source::Pod => return Ok(Config::incluster()?),
    };
    let options = KubeConfigOptions { context: context.map(str::to_owned), ..Default::default() };
    Ok(Config::from_custom_kubeconfig(kubeconfig, &options).await?)
}

fn unusable(source: &Source, error: &(dyn std::error::Error + 'static)) -> Failure {
    // Of a file that cannot be read, the path is already told.
    let why = match error.downcast_ref() {
        Some(KubeconfigError::ReadConfig(error, _)) => error.to_string(),
        _ => error.to_string(),
    };
    let fix = match source {
        Source::Local(_) => "write it again: aegisctl cluster kubeconfig; or make the cluster again: aegisctl cluster up".to_owned(),
        Source::Pod => "give the pod a ServiceAccount token, or name a kubeconfig with --kubeconfig".to_owned(),
        _ => "check the file and its contexts (kubectl config get-contexts), or name another with --kubeconfig and --context".to_owned(),
    };
    Failure::new(format_args!("{source} leads to no cluster"), why, fix)
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag(path) | Source::Home(path) | Source::Local(path) => write!(f, "kubeconfig {}", path.display()),
            Source::Environment => write!(f, "KUBECONFIG={}", env::var("KUBECONFIG").unwrap_or_default()),
            Source::Pod => f.write_str("this pod's ServiceAccount"),
        }
    }
}
