//! The words of every rule that one object can break: the CRD's CEL messages and `accept` say the same.
//! Only text; the rules themselves stand beside the fields they guard.

/// Name of the app.
pub const APP_NAME: &str = "the app's name must be at most 40 lower-case letters, digits and single hyphens, starting with a letter";
/// Name of a worker, schedule, binding, volume or secret.
pub const PART_NAME: &str =
    "name must be at most 30 lower-case letters, digits and single hyphens, starting with a letter; keep a queue's own name in args";
/// A developer's image holds for a while.
pub const DEV_TIME: &str = "dev.until must be a moment within the next 24 hours";
/// Sections come from one place.
pub const MANIFEST_OR_INLINE: &str = "with manifest, the sections come from there: beside it only image, imagePullPolicy, imagePullSecrets, env, config, rollout, lifecycle, dev, paused and suspended may be written; write the others in the manifest or one of its environments";
/// The same as a rule of the spec, over the words that a manifest has for itself.
pub const INLINE: &str = "!has(self.manifest) || !(has(self.access) || has(self.api) || has(self.auth) || has(self.bindings) || has(self.envFrom) || has(self.files) || has(self.frontend) || has(self.identity) || has(self.migration) || has(self.observability) || has(self.pod) || has(self.routes) || has(self.scheduler) || has(self.schedules) || has(self.secrets) || has(self.security) || has(self.volumes) || has(self.workers))";
/// One place of a manifest.
pub const ONE_MANIFEST: &str = "a manifest stands in exactly one place: set either configMapRef or s3";
/// What is outside of the cluster changes a release only when the release says so.
pub const PINNED_MANIFEST: &str = "a manifest in s3 needs digest, the SHA-256 of its text: aegisctl publish prints it";
/// A digest of content.
pub const DIGEST_PATTERN: &str = "^sha256:[0-9a-f]{64}$";
/// Replica bounds.
pub const MIN_ABOVE_MAX: &str = "replicas.min must not be above replicas.max: raise max or lower min";
/// One source per binding.
pub const ONE_SOURCE: &str = "a binding has exactly one source: set either provision or secretRef";
/// One source per file.
pub const ONE_FILE_SOURCE: &str = "a file has exactly one source: set either secret or configMap";
/// Scaling needs to know the work.
pub const SCALING_WITHOUT_BROKER: &str = "scaling needs broker: say where the pool's tasks wait";
/// Goals and dashboards need numbers.
pub const NO_METRICS: &str = "slos and dashboard need metrics: they are made of what the roles export";
/// What can be provisioned.
pub const PROVISIONABLE: &str = "only postgres and redis can be provisioned: use secretRef for other types";
/// Sizes.
pub const QUANTITY: &str = "the size must be a Kubernetes quantity, for example 10Gi";
/// Volumes never shrink.
pub const SHRINKING: &str = "size can only grow: a volume claim cannot shrink; make a new volume and move the data";
/// A five-field cron expression.
pub const CRON: &str = "schedule must be a cron expression of five fields (minute hour day month weekday), for example \"0 2 * * *\"";
/// Something to run.
pub const RUN: &str = "run needs either args or command, or enqueue: say what the schedule runs";
/// Absolute paths.
pub const ABSOLUTE_PATH: &str =
    "the path must be absolute and plain: no '.', '..', colon, doubled or trailing slash, for example /data/storage";
/// One peer per edge of access.
pub const ONE_PEER: &str =
    "an entry of access says who, once: cidr, or app, or namespace or pods or both; in outbound also binding, with a cidr or without";
/// An app's pods are known.
pub const APP_OR_PODS: &str = "app says which pods: leave out pods";
/// One way in.
pub const ONE_WAY: &str = "a route comes in one way: set either gateway or ingressClass";
/// Where a route's certificate stands.
pub const TLS_OF_INGRESS: &str = "tls is for an ingressClass: a gateway's listeners have their own certificates";
/// Address ranges.
pub const CIDR: &str = "allowCIDRs must be address ranges, for example 10.0.0.0/8 or 2001:db8::/32";
/// Host names.
pub const HOST: &str = "the host must be a DNS name in lower case, for example shop.example.com or *.example.com";
/// Paths of routes.
pub const ROUTE_PATH: &str =
    "the path must start with a slash and be plain: letters, digits and -._~@:+, no '.' or '..' as a step, no doubled or trailing slash";
/// How long an old key stays.
pub const OVERLAP: &str = "overlap must be shorter than rotateEvery: an old key leaves before the next but one comes";

/// Lengths of time.
pub const DURATION: &str = "write days, hours, minutes and seconds, each once and in this order, for example 72h or 1d12h";

/// What a length of time looks like.
pub const DURATION_PATTERN: &str = "^([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$";
/// A bucket's name.
pub const BUCKET_PATTERN: &str = "^[a-z0-9][a-z0-9.-]*[a-z0-9]$";
/// An object's key: plain steps between slashes.
pub const OBJECT_KEY_PATTERN: &str = r"^[A-Za-z0-9_][A-Za-z0-9._=+@:-]*(/[A-Za-z0-9_][A-Za-z0-9._=+@:-]*)*$";
/// An audience: commas part them.
pub const AUDIENCE_PATTERN: &str = r"^[^,\s]+$";
/// What a name inside the spec looks like: an RE2 and JSON Schema pattern.
pub const PART_NAME_PATTERN: &str = "^[a-z]([a-z0-9]|-[a-z0-9])*$";
/// An absolute path without a parent step.
pub const PATH_PATTERN: &str = r"^/([^/.][^/]*|\.[^/.][^/]*)?(/([^/.][^/]*|\.[^/.][^/]*))*$";
/// A namespace's name.
pub const NAMESPACE_PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// A DNS name, or one with a wildcard as its first label.
pub const HOST_PATTERN: &str = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// The start of a URL's path.
pub const ROUTE_PATH_PATTERN: &str = r"^/(\.?[-A-Za-z0-9_~@:+][-A-Za-z0-9._~@:+]*(/\.?[-A-Za-z0-9_~@:+][-A-Za-z0-9._~@:+]*)*)?$";
