//! What a role sees of the keys: the public halves as a folder that follows them, and of the api alone the private half.
//! Which key that is, is decided in `keys.rs`.

use k8s_openapi::api::core::v1::{ConfigMapVolumeSource, EnvVar, SecretVolumeSource, Volume, VolumeMount};

use super::environment::literal;
use crate::{
    App,
    app::{Auth, Role},
    contract,
    keys::PRIVATE,
    names,
    recipe::Anchored,
};

/// File of the public halves, a JSON Web Key Set.
pub(crate) const JWKS: &str = "jwks.json";
/// Folders in the containers.
pub(crate) const FOLDERS: [&str; 2] = [JWKS_FOLDER, KEY_FOLDER];

const JWKS_FOLDER: &str = "/run/aegis/jwt/jwks";
const KEY_FOLDER: &str = "/run/aegis/jwt/key";
const JWKS_VOLUME: &str = "jwks";
const KEY_VOLUME: &str = "jwt-key";

pub(super) fn variables(app: &App, role: &Role) -> Vec<EnvVar> {
    let Some(auth) = &app.auth else { return vec![] };
    let mut all = vec![
        literal(contract::JWT_ISSUER, &auth.issuer),
        literal(contract::JWT_AUDIENCES, &auth.audiences.join(",")),
        literal(contract::JWT_JWKS_FILE, &format!("{JWKS_FOLDER}/{JWKS}")),
    ];
    if signs(role) {
        let kid = auth.keys.signing.as_ref().map(|key| key.kid.as_str()).unwrap_or_default();
        all.extend([
            literal(contract::JWT_SIGNING_KEY_FILE, &format!("{KEY_FOLDER}/{PRIVATE}")),
            literal(contract::JWT_SIGNING_KEY_ID, kid),
        ]);
    }
    all
}

pub(super) fn volumes(app: &App, role: &Role) -> Vec<Volume> {
    let Some(auth) = &app.auth else { return vec![] };
    let config_map = Some(ConfigMapVolumeSource { name: app.jwks_name(), ..Default::default() });
    let mut all = vec![Volume { name: JWKS_VOLUME.into(), config_map, ..Default::default() }];
    if signs(role) {
        let secret = Some(SecretVolumeSource { secret_name: Some(private(app, auth).name()), ..Default::default() });
        all.push(Volume { name: KEY_VOLUME.into(), secret, ..Default::default() });
    }
    all
}

pub(super) fn mounts(app: &App, role: &Role) -> Vec<VolumeMount> {
    let mount = |name: &str, path: &str| VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(true),
        ..Default::default()
    };
    // the folder and not the file in it: a file that is mounted alone never changes
    let all = [mount(JWKS_VOLUME, JWKS_FOLDER), mount(KEY_VOLUME, KEY_FOLDER)];
    let count = if app.auth.is_none() { 0 } else { 1 + usize::from(signs(role)) };
    all.into_iter().take(count).collect()
}

/// Id of the key that a role signs with: another one restarts it.
pub(super) fn kid<'a>(app: &'a App, role: &Role) -> Option<&'a str> {
    let auth = app.auth.as_ref().filter(|_| signs(role))?;
    auth.keys.signing.as_ref().map(|key| key.kid.as_str())
}

fn signs(role: &Role) -> bool {
    role.section == "api"
}

/// The Secret of the key that signs; before there is one, a name that is nobody's.
fn private(app: &App, auth: &Auth) -> Anchored {
    let stem = names::single(&app.name, "auth");
    auth.keys.signing.as_ref().map_or_else(|| Anchored { anchor: stem.clone(), uid: None, stem }, |key| key.secret.clone())
}
