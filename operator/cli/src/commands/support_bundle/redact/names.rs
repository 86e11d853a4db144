//! Which names say that a value is secret: of variables and settings, of fields, of flags.

/// Words that make a name one of a secret.
const WORDS: [&str; 22] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "pw",
    "secret",
    "secrets",
    "token",
    "tokens",
    "key",
    "keys",
    "apikey",
    "dsn",
    "credential",
    "credentials",
    "authorization",
    "cookie",
    "signature",
    "salt",
];
/// Ends of words that were written in one.
const ENDS: [&str; 6] = ["password", "passwd", "secret", "token", "apikey", "dsn"];
/// Fields of any object whose text is secret. Kubernetes' own `key`, `secretName` and the like are names, and stay.
const FIELDS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "token",
    "bearertoken",
    "clientsecret",
    "accesskey",
    "secretkey",
    "secretaccesskey",
    "apikey",
    "privatekey",
    "connectionstring",
    "dsn",
];
/// Ends of names whose value says where a secret is.
const PLACES: [&str; 3] = ["file", "path", "dir"];

/// Whether the value of a variable or setting of that name is secret.
pub fn is_secret(name: &str) -> bool {
    let is_glued = |word: &String| ENDS.iter().any(|end| word.ends_with(end));
    words(name).iter().any(|word| WORDS.contains(&word.as_str()) || is_glued(word))
}

/// Whether the text in a field of that name is secret.
pub fn is_secret_field(name: &str) -> bool {
    FIELDS.contains(&words(name).concat().as_str())
}

/// Whether the value of a setting is the path of a file.
pub fn is_place(name: &str, value: &str) -> bool {
    let last = words(name).pop().unwrap_or_default();
    PLACES.contains(&last.as_str()) && value.starts_with('/') && value.lines().count() == 1
}

/// Whether a word of a command line is a flag whose value follows and is secret.
pub fn is_secret_flag(word: &str) -> bool {
    word.starts_with('-') && !word.contains('=') && is_secret(word)
}

/// The words of a name, in lower case: of `API_KEY`, `api-key` and `apiKey` alike.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let is_new = !c.is_alphanumeric() || (was_lower && c.is_uppercase());
        was_lower = c.is_lowercase() || c.is_numeric();
        if is_new && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_by_their_words() {
        for name in ["PASSWORD", "dbPassword", "PGPASSWORD", "DB_PASS", "API_KEY", "SENTRY_DSN", "Authorization", "jwt-secret", "MYSQL_PWD"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PAGE_SIZE", "MONKEY", "KEYCLOAK_URL", "COMPASS", "LOG_LEVEL", "image", "DATABASE_URL"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn fields_that_name_a_secret_are_no_secrets() {
        assert!(["password", "clientSecret", "bearerToken", "privateKey", "DSN"].iter().all(|name| is_secret_field(name)));
        let names = ["key", "secretName", "secretKeyRef", "imagePullSecrets", "topologyKey", "secret", "serviceAccountToken"];
        assert!(names.iter().all(|name| !is_secret_field(name)));
    }

    #[test]
    fn a_path_to_a_secret_is_none() {
        assert!(is_place("SECRET_KEY_FILE", "/run/secrets/key") && !is_place("SECRET_KEY_FILE", "hunter2"));
        assert!(is_secret_flag("--db-password") && !is_secret_flag("--db-password=x") && !is_secret_flag("--port"));
    }
}
