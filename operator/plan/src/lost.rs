//! A Secret that was made once and is gone: what was lost with it, and how to go on.
//! That it is gone is seen on pods alone, for Secrets are never read; nothing is made in its place.

use crate::{Facts, child::ANCHOR, names::SECTION_LABEL};

/// What was lost.
pub(crate) struct Lost {
    /// One word.
    pub(crate) reason: &'static str,
    /// What is gone.
    pub(crate) message: String,
    /// How to go on.
    pub(crate) fix: String,
}

/// What was lost with a Secret that is not there; none when the operator has not made it.
pub(crate) fn with(facts: &Facts, secret: &str) -> Option<Lost> {
    let made = facts.entry("Secret", secret)?;
    let anchor = facts.children.iter().find(|seen| seen.key.kind == ANCHOR.kind && seen.uid == made.uid)?;
    let name = &anchor.key.name;
    let section = anchor.labels.get(SECTION_LABEL).map(String::as_str);
    if section == Some("auth") {
        let message = format!("Secret {secret:?} is gone, and with it the private half of a signing key");
        return Some(Lost { reason: "KeyLost", message, fix: "Another key is made, and the api restarts with it.".to_owned() });
    }
    let restore = format!("Restore Secret {secret:?} from a backup");
    let (value, fix) = if section == Some("bindings") {
        (
            "the password of a provisioned service, which its data may still ask for",
            format!(
                "{restore}. Without one, kubectl delete configmap {name} makes a new password and restarts service and roles; postgres must be told it too, as aegisctl explain SecretLost says."
            ),
        )
    } else {
        (
            "a generated value",
            format!(
                "{restore}; or give the value up with kubectl delete configmap {name}: a new one is made, and the roles restart with it."
            ),
        )
    };
    let message = format!("Secret {secret:?} is gone, and with it {value}; ConfigMap {name:?} says that it was made, once");
    Some(Lost { reason: "SecretLost", message, fix })
}

/// The Secret whose absence keeps a container from starting, in the words of its node.
pub(crate) fn missing(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("secret \"").filter(|_| message.contains("not found"))?;
    rest.split('"').next()
}
