//! What every process is told in variables that the operator sets by itself, besides those that the spec names. These names are a
//! promise: images are built for them. Their values are made elsewhere.

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub value: &'static str,
    /// In which processes, and of which apps.
    pub when: &'static str,
}

macro_rules! variables {
    ($($name:ident $value:literal $when:literal)*) => {
        $(#[doc = $value] pub const $name: &str = stringify!($name);)*

        /// All of them.
        pub const CONTRACT: &[Variable] = &[$(Variable { name: $name, value: $value, when: $when }),*];
    };
}

variables! {
    AEGIS_APP "the app's name" "always"
    AEGIS_NAMESPACE "the app's namespace" "always"
    AEGIS_ROLE "the role: `api`, `frontend`, `scheduler`, `migration`, or the name of a worker or schedule" "always"
    AEGIS_RELEASE "tag or short digest of the image" "always"
    HOME "`/tmp`, which is writable" "always"
    LOG_FORMAT "`observability.logs.format`: `JSON` or `Text`. Default: `JSON`; with `dev`, `Text`" "always"
    LOG_LEVEL "`observability.logs.level`: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`. Default: `INFO`" "always"
    OTEL_SERVICE_NAME "`<app>-<role>`" "always"
    AEGIS_BINDING_VERSIONS "`<binding>=<version>,...` of the Secrets that bindings refer to: a new version of one is another pod" "with `bindings[].secretRef`"
    AEGIS_ENVIRONMENT "`observability.environment`, else the namespace" "with `observability`"
    AEGIS_POD "the pod's name" "with `observability.traces`"
    OTEL_RESOURCE_ATTRIBUTES "`service.namespace`, `service.version`, `deployment.environment.name`, `k8s.namespace.name` and `k8s.pod.name`" "with `observability.traces`"
    OTEL_EXPORTER_OTLP_ENDPOINT "`observability.traces.endpoint`" "with `observability.traces`"
    OTEL_EXPORTER_OTLP_PROTOCOL "`http/protobuf` where the endpoint's port is 4318, else `grpc`" "with `observability.traces`"
    OTEL_TRACES_SAMPLER "`parentbased_traceidratio`" "with `observability.traces`"
    OTEL_TRACES_SAMPLER_ARG "`observability.traces.sampleRatio`, from 0 to 1" "with `observability.traces`"
    LOGFIRE_TOKEN "from the Secret that `observability.logfire.tokenSecretRef` names" "with `observability.logfire`"
    LOGFIRE_ENVIRONMENT "as `AEGIS_ENVIRONMENT`" "with `observability.logfire`"
    LOGFIRE_SERVICE_NAME "as `OTEL_SERVICE_NAME`" "with `observability.logfire`"
    AEGIS_METRICS_PORT "port on which the process serves its metrics: `observability.metrics.port`. Default: 9191" "in workers with `observability.metrics`, and in the scheduler when `metrics.roles` names it"
    AEGIS_PROCESSES "`concurrency.processes` of the role" "where it is written"
    AEGIS_THREADS "`concurrency.threads` of the role" "where it is written"
    WEB_CONCURRENCY "`concurrency.processes` of the role" "in api and frontend, where it is written"
    PROMETHEUS_MULTIPROC_DIR "a folder that is empty when the pod is made, and writable. A container that is started again finds its files of before there: clear it before the first process counts" "where `concurrency.processes` is above 1"
    JWT_ISSUER "`auth.jwt.issuer`" "with `auth`"
    JWT_AUDIENCES "`auth.jwt.audiences`, parted by commas" "with `auth`"
    JWT_JWKS_FILE "file with the public keys, a JSON Web Key Set; read it again when it changes" "with `auth`"
    JWT_SIGNING_KEY_FILE "file with the private key" "in the api, with `auth`"
    JWT_SIGNING_KEY_ID "`kid` of that key" "in the api, with `auth`"
}
