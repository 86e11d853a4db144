//! Flags of the command that puts a manifest where operators find it.

use std::path::PathBuf;

use aegis_crds::manifest::source::S3Ref;
use clap::ValueEnum;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl publish --to s3://acme-releases
  aegisctl publish examples/shop/aegis_manifest.json --to s3://acme-releases/prod --region eu-west-1 --env prod
  aegisctl publish --to s3://acme-releases -o json > reference.json &&
    kubectl patch aegisapp shop -n shop --type merge --patch-file reference.json

It is checked as by aegisctl validate. The object is [PREFIX/]PROJECT/DIGEST.json, never another one's content: one that is there
already is read back, and left alone. What is printed is the reference to it, as a patch of an AegisApp.
Who you are and which server is asked is configured as for the aws command: AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL.
Exit codes: 0 it is there, 1 it is not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Publish {
    /// The manifest.
    #[arg(default_value = aegis_crds::manifest::FILE)]
    pub file: PathBuf,
    /// Bucket, and the start of the object's key.
    #[arg(long, value_name = "s3://BUCKET[/PREFIX]")]
    pub to: Place,
    /// Region of the bucket, which the reference names then too.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Environment that the reference names.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// How to print the reference.
    #[arg(long, short, value_enum, default_value_t = ReferenceFormat::Yaml)]
    pub output: ReferenceFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReferenceFormat {
    Yaml,
    Json,
}

/// Where objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    bucket: String,
    prefix: String,
}

impl Place {
    /// The object of that name there.
    pub fn object(&self, name: &str, region: Option<String>) -> S3Ref {
        let key = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        S3Ref { bucket: self.bucket.clone(), key: Some(key), region }
    }
}

impl std::str::FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = || "write s3://BUCKET or s3://BUCKET/PREFIX".to_owned();
        let rest = text.strip_prefix("s3://").ok_or_else(shape)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(is_bucket) {
            return Err(format!("{bucket:?} is not a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens"));
        }
        let prefix = prefix.trim_end_matches('/');
        let is_step = |step: &str| {
            let mut characters = step.chars();
            let is_first = characters.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            is_first && characters.all(|c| c.is_ascii_alphanumeric() || "._=+@:-".contains(c))
        };
        if !prefix.is_empty() && !prefix.split('/').all(is_step) {
            return Err(format!(
                "{prefix:?} is not plain: letters, digits and ._=+@:- between single slashes, each step starting with a letter, a digit or _"
            ));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_bucket_and_the_start_of_keys() {
        let key = |text: &str| text.parse::<Place>().map(|place| place.object("shop/1.json", None).to_string());
        assert_eq!(key("s3://releases").unwrap(), "s3://releases/shop/1.json");
        assert_eq!(key("s3://releases/prod/eu/").unwrap(), "s3://releases/prod/eu/shop/1.json");
        for wrong in ["releases", "s3://", "s3://Releases", "s3://releases//a", "s3://releases/../a", "https://releases"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
