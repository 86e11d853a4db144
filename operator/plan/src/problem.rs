//! What is wrong with a spec, said so that its author can mend it: the catalogue of codes, and problems of them.
//! Failures of the world are not problems; they belong to the controller.

use aegis_crds::status::{ProblemReport, Severity};

/// One entry of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The word.
    pub name: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What it means and why it is a problem.
    pub why: &'static str,
    /// What cures it.
    pub cure: &'static str,
}

/// A code at a place in a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its entry in the catalogue.
    pub code: &'static Code,
    /// Field it is about, as `spec.workers[1].name`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
    /// What to do there.
    pub fix: String,
}

impl Problem {
    /// A problem with the catalogue's cure.
    pub fn new(code: &'static Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, path: path.into(), message: message.into(), fix: code.cure.to_owned() }
    }

    /// The same with a cure for this very place.
    pub fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    /// Whether it keeps the spec from being accepted.
    pub fn is_error(&self) -> bool {
        self.code.severity == Severity::Error
    }

    /// As it stands in a status.
    pub fn report(&self) -> ProblemReport {
        ProblemReport {
            code: self.code.name.to_owned(),
            severity: self.code.severity,
            path: self.path.clone(),
            message: self.message.clone(),
            fix: self.fix.clone(),
        }
    }
}

/// The entry of that word, whatever its case.
pub fn code(name: &str) -> Option<&'static Code> {
    CATALOGUE.iter().copied().find(|code| code.name.eq_ignore_ascii_case(name))
}

macro_rules! catalogue {
    ($($id:ident $name:ident $severity:ident $why:literal $cure:literal)*) => {
        $(#[doc = $why] pub const $id: Code = Code { name: stringify!($name), severity: Severity::$severity, why: $why, cure: $cure };)*
        /// Every code, in the order of the alphabet.
        pub const CATALOGUE: &[&Code] = &[$(&$id),*];
    };
}

catalogue! {
    ACCESS_MODE_FIXED AccessModeFixed Error
        "A claim of this name is there with another access mode, which Kubernetes never changes: roles built on it would hang or damage its data. An edit is refused; where nothing else was accepted, the roles that mount it wait."
        "Write the access mode that the claim has, or take another name for a new volume and move the data there."
    ACCESS_NOT_CLOSED AccessNotClosed Warning
        "The release is from before access was, so nothing is closed around it: an upgrade of the operator must not cut off whom it serves. Its next edit closes it to all but its own pods, gateways, Prometheus and those that access.inbound names."
        "Name in spec.access.inbound who reaches the app without a gateway; then the app is closed as asked."
    ACCESS_PEER AccessPeer Error
        "An entry of access names nobody, or two at once, so it is unclear who is meant."
        "Name one in each entry: cidr, or app, or namespace and pods, or in outbound a binding."
    BAD_CIDR BadCidr Error
        "Addresses are not a range that Kubernetes understands."
        "Write an address and how many bits of it are fixed, for example 203.0.113.0/24 or 2001:db8::/32."
    BAD_CRON BadCron Error
        "A schedule is not a cron expression that Kubernetes understands, so it would never fire."
        "Write five fields: minute hour day month weekday, for example \"0 2 * * *\"."
    BAD_DURATION BadDuration Error
        "A length of time is not one that can be told."
        "Write days, hours, minutes and seconds, each once and in this order, for example 72h or 1d12h."
    BAD_ENV_NAME BadEnvName Error
        "A variable's name has characters that processes cannot read back, or none at all."
        "Use letters, digits and underscores, not starting with a digit."
    BAD_HOST BadHost Error
        "A route's host is not a DNS name, so no request would ever be for it."
        "Write a name in lower case, for example shop.example.com; *. at its start stands for one label."
    BAD_IMAGE BadImage Error
        "The image is not a reference that a node can pull."
        "Write registry/repository:tag or registry/repository@sha256:digest, in lower case and without spaces."
    BAD_NAME BadName Error
        "A name cannot be used for Kubernetes objects."
        "Use lower-case letters, digits and single hyphens, starting with a letter. A queue's own name belongs into args."
    BAD_PATH BadPath Error
        "A path inside the containers is not absolute, is not written plainly, or has a colon, which Kubernetes refuses."
        "Write an absolute path without '.', '..', colons, doubled or trailing slashes, for example /data/storage."
    BAD_QUANTITY BadQuantity Error
        "A quantity is not one that Kubernetes understands."
        "Write a number with a unit, for example 250m (CPU), 256Mi or 10Gi (bytes)."
    BAD_ROUTE_PATH BadRoutePath Error
        "A route's path is not one that all gateways understand alike."
        "Start it with a slash; use letters, digits and -._~@:+, no '.' or '..' as a step, no doubled or trailing slash."
    BAD_TEMPLATE BadTemplate Error
        "A binding's variable names a key that its Secret does not have, or its braces do not match."
        "Write {key} for a key of the Secret, {{ and }} for braces."
    BAD_TIME_ZONE BadTimeZone Error
        "A time zone is not in the IANA database, so the schedule's time is unknown."
        "Use a name like Europe/Oslo or Etc/UTC."
    BINDING_SOURCE BindingSource Error
        "A binding needs one source: a service the operator provisions, or a Secret that describes one."
        "Set either provision or secretRef."
    BINDING_TYPE_FIXED BindingTypeFixed Error
        "A provisioned service of this name is there as another type, and its data can be read by no other. An edit is refused; where nothing else was accepted, the service and what needs it wait."
        "Write the type that the service has, or take another name for a new service and move the data there."
    BINDING_WITHOUT_CIDR BindingWithoutCidr Error
        "access.outbound closes the way out, and a binding's host stands in a Secret that the operator cannot read, so nothing would lead there."
        "Add {binding: NAME, cidr: ADDRESSES} to access.outbound, or leave outbound out."
    DEV_NOT_HELD DevNotHeld Warning
        "dev stands in the spec and does not hold: its time is over, or further away than a day."
        "Take spec.dev out; aegisctl dev writes it while it runs, and takes it out when it ends."
    DRIFTED Drifted Warning
        "Somebody edited or deleted an object of the app, and lifecycle.driftPolicy: Report leaves it so."
        "Put it back as it was, write what was meant into the spec, or set lifecycle.driftPolicy: Correct."
    DUPLICATE_ENV DuplicateEnv Error
        "Two entries of one list, two bindings or two secrets set the same variable; one of them would be lost."
        "Remove one of the two."
    DUPLICATE_NAME DuplicateName Error
        "Two entries of one list have the same name."
        "Rename one of them."
    DUPLICATE_PATH DuplicatePath Error
        "Two mounts have the same path, or one is /tmp, which is always writable."
        "Give each mount a path of its own."
    DUPLICATE_ROUTE DuplicateRoute Error
        "Two rules are for the same host and path by the same way in; one of them would never be asked."
        "Remove one of the two, or give it another path."
    ENV_TOO_LARGE EnvTooLarge Error
        "Variables this large cannot be handed to a process: Linux allows 128 KiB for one, and the app's objects must fit into the API server."
        "Put large content into a file: a ConfigMap or Secret of yours, mounted through spec.files."
    EXPIRING Expiring Warning
        "lifecycle.ttl is nearly over: then the app is deleted with all that it made, but for data that is retained."
        "Nothing, if it is to go. Otherwise raise lifecycle.ttl, or remove it."
    FILE_SOURCE FileSource Error
        "A file needs one source: a key of a Secret or of a ConfigMap."
        "Set either secret or configMap."
    FOREIGN_FIELDS ForeignFields Info
        "Somebody set fields of an object of the app that the operator does not set. They survive every release."
        "Nothing, if they are meant to stay. Otherwise remove them, or write what was meant into the spec."
    GROWS_WHEN_BOUND GrowsWhenBound Info
        "A claim can grow once it is bound to a volume, and this one is not bound yet."
        "Nothing: it grows as soon as it is bound. kubectl describe pvc says what it waits for."
    HOST_TAKEN HostTaken Warning
        "Another app had this host first, by the same way in and with paths that overlap. The older route goes on, and nothing is made of this one, for requests must not go now to the one app and now to the other."
        "Take another host; or have the other app give this one up: then the route is made without an edit."
    IN_DEVELOPMENT InDevelopment Info
        "A developer's image or code runs in place of what the rest of the spec says; it ends by itself at dev.until."
        "Nothing: aegisctl dev ends it with Ctrl-C. To end it from elsewhere, take spec.dev out."
    KEY_LOST KeyLost Warning
        "The Secret of a signing key is gone, so no further pod of the api can start with it. Another key is made at once; it signs as soon as every role can know it, or at once when no pod of the api is ready."
        "Nothing: tokens that the lost key has signed stay good until they end."
    KIND_MISSING KindMissing Info
        "The cluster does not know a kind of which the app would have an object."
        "Install what brings the kind; it is noticed within seconds, without a restart. Or leave the field out."
    MANIFEST_AND_INLINE ManifestAndInline Error
        "The app's sections come from a manifest, and one of them is written here too: what is meant is unclear, and what is written here would be lost."
        "Write the section in the manifest or one of its environments, or take spec.manifest away and write all of them here."
    MANIFEST_REFUSED ManifestRefused Error
        "The manifest is there, and something is wrong in it: nothing of it is taken, and the release before runs on."
        "Mend the manifest where the message says; aegisctl validate shows all of it with lines."
    MANIFEST_SOURCE ManifestSource Error
        "It is unclear which content the manifest has: it stands in two places or none, or content outside of the cluster could change unseen."
        "Set either configMapRef or s3; with s3 also digest, as aegisctl publish prints both."
    MANIFEST_UNAVAILABLE ManifestUnavailable Error
        "The content of the manifest is not there, cannot be read, or is another than its pinned digest: the release before runs on."
        "Put the content where spec.manifest points, or point it elsewhere. It is looked at again by itself."
    MIN_ABOVE_MAX MinAboveMax Error
        "The lower bound of a role's replicas is above the upper one."
        "Raise replicas.max or lower replicas.min."
    NAME_TAKEN NameTaken Warning
        "An object with the name that one of the app's needs is there and is not this app's. It is left alone, and nothing is built on it."
        "Delete that object if nobody needs it, or choose another name."
    NAME_TOO_LONG NameTooLong Error
        "The name of an object made from the app's name and a part's name would be longer than Kubernetes allows."
        "Shorten the app's name or the part's name."
    NO_BROKER NoBroker Warning
        "Workers are scaled by the work there is; without a broker nobody can count it, and a pool with different bounds runs max(min, 1) pods."
        "Set broker (type, binding, queues), or equal replicas.min and max."
    NO_CPU_REQUEST NoCpuRequest Warning
        "An autoscaler measures CPU use against the CPU request; without one it never scales."
        "Set resources.requests.cpu of the role, or equal replicas.min and max."
    NO_METRICS NoMetrics Error
        "Goals and dashboards are made of the numbers that roles export, and nobody is told to fetch these."
        "Set observability.metrics ({} is enough), with api among its roles where there are slos."
    NOT_PROVISIONABLE NotProvisionable Error
        "The operator can run postgres and redis for development; other services are run elsewhere."
        "Use secretRef with a Secret that describes the service."
    ORPHANED_SECRET OrphanedSecret Warning
        "A deleted app of this name left a generated Secret behind, and this app has made a value of its own instead."
        "Label the ConfigMap of that name aegis.dev/adopt=<app> to go on with the old value, or delete it."
    OVERLAP_TOO_LONG OverlapTooLong Error
        "Old keys stay longer than new ones come, so that ever more of them are published."
        "Raise auth.jwt.rotateEvery (default 720h) or lower auth.jwt.overlap (default 48h); no token may live longer than overlap."
    REQUEST_ABOVE_LIMIT RequestAboveLimit Error
        "A role reserves more of a resource than it may use; no pod would be admitted."
        "Raise the limit or lower the request."
    RESERVED_ANNOTATION ReservedAnnotation Error
        "An annotation is one of those by which Aegis itself tells what it made, or how a route is guarded."
        "Remove it; allowCIDRs says whose requests are let through."
    RESERVED_ENV ReservedEnv Error
        "Variables starting with AEGIS_ are the operator's own words to the process."
        "Choose another name."
    RESERVED_NAME ReservedName Error
        "The name is the word of another role, so files and volumes could not tell the two apart."
        "Choose another name."
    ROTATES_OFTEN RotatesOften Warning
        "Each new signing key restarts the pods of the api."
        "Raise auth.jwt.rotateEvery; days are usual."
    ROUTE_SOURCE RouteSource Error
        "A route needs one way in: a gateway, whose listeners have their certificates, or an ingress class, for which the route names one."
        "Set either via.gateway or via.ingressClass; tls belongs to the latter, and Envoy Gateway to the former."
    RUN_MISSING RunMissing Error
        "A schedule or a migration does not say what runs, or a schedule says two things; the image's own command would be the API."
        "Set args (or command); of a schedule, instead of these, enqueue."
    SCALING_WITHOUT_BROKER ScalingWithoutBroker Error
        "A pool says how its work scales it, and not where that work waits."
        "Set broker (type, binding, queues), or leave scaling out."
    SECRET_LOST SecretLost Warning
        "A Secret that the operator made once is gone, and pods need it. Its value was never read, so it cannot be made again."
        "Restore the Secret from a backup under the same name. To get a new value instead, delete the ConfigMap that anchors it; redis takes the new password at once, postgres keeps the old one in its data until it is told: kubectl exec BINDING-0 -- bash -c 'cd /data/pgdata; cp pg_hba.conf /tmp; echo local all all trust >pg_hba.conf; pg_ctl reload -D .; psql -U $POSTGRES_USER -d $POSTGRES_DB -c \"ALTER ROLE $POSTGRES_USER PASSWORD \\$x\\$$POSTGRES_PASSWORD\\$x\\$\"; cat /tmp/pg_hba.conf >pg_hba.conf; pg_ctl reload -D .'"
    SINGLE_WRITER SingleWriter Error
        "A ReadWriteOnce volume is on one node and holds the data of one pod (SQLite too): a second pod would hang or damage it."
        "Use one replica in one role (a schedule without overlapping runs), accessMode ReadWriteMany where the storage has it, or a postgres binding."
    SIZE_KEPT SizeKept Warning
        "A claim of this name is there already and larger than what is asked for; claims never shrink, so it keeps its size."
        "Write the size that the claim has, or take another name for a new volume and move the data there."
    STORAGE_CLASS_KEPT StorageClassKept Warning
        "A claim of this name is there already and of another StorageClass, which Kubernetes never changes: the data stays where it is."
        "Write the class that the claim has, or take another name for a new volume and move the data there."
    UNDECODABLE Undecodable Error
        "The resource does not have the shape of its schema, as when it was stored before the schema changed."
        "Apply the resource again after aegisctl validate; it names the field."
    UNKNOWN_BEHAVIOR UnknownBehavior Error
        "The release was accepted by a newer operator, or by one that is long gone, and this one would give its pods other templates: all would restart. It runs on as it is, and nothing of it is changed."
        "Install an operator that renders that behavior. Or apply another spec: it becomes a release of this operator's own behavior."
    UNKNOWN_BINDING UnknownBinding Error
        "A broker or an edge of access names a binding that the app does not have, or a broker one that is no redis."
        "Name an entry of spec.bindings, for a broker one with type redis."
    UNKNOWN_IMPLEMENTATION UnknownImplementation Error
        "Neither HTTPRoute nor Ingress has a word for address ranges or cookie affinity: they are rendered in the kinds of what runs behind the gateway or class, and that is not known. Without affinity, sessions in the memory of several pods would break."
        "Set via.implementation to Traefik or EnvoyGateway, if it is one of them. Otherwise leave allowCIDRs out, and set replicas of the role with sessionAffinity to 1."
    UNKNOWN_QUEUE UnknownQueue Error
        "A schedule puts a task where no worker pool takes it."
        "Name an entry of spec.workers with a broker, and one of the queues that it works on."
    UNKNOWN_ROLE UnknownRole Error
        "A file, a volume, a route or an edge of access is meant for a role that the app does not have."
        "Use api, frontend, scheduler, migration, or the name of a worker or schedule; of a route, api or frontend."
    UNKNOWN_SETTING UnknownSetting Error
        "A role says that it reads a setting which the app does not have."
        "Name a key of spec.config."
}
