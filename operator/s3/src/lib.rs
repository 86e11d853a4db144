//! Manifests in S3, and in whatever speaks its protocol: read and written whole, within bounds of size and time.
//! Which address and which identity is the AWS SDK's own matter: AWS_ENDPOINT_URL, AWS_REGION, keys, web identity, roles.

mod trouble;

use std::{collections::HashMap, time::Duration};

use aegis_crds::manifest::source::S3Ref;
use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_s3::{Client, config::retry::RetryConfig, primitives::ByteStream, types::ChecksumAlgorithm};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex, OnceCell},
    time::timeout,
};

pub use trouble::Trouble;

/// Most bytes of a manifest: what a ConfigMap may hold.
pub const LIMIT: usize = 1 << 20;
/// Longest time until a connection stands.
const CONNECT: Duration = Duration::from_secs(3);
/// Longest time of one request, its whole content included.
const ANSWER: Duration = Duration::from_secs(10);

/// Objects of every bucket and region that one identity reaches. Nothing is asked, or even looked up, before the first request.
#[derive(Default)]
pub struct Store {
    config: OnceCell<SdkConfig>,
    clients: Mutex<HashMap<Option<String>, Client>>,
}

/// What became of a text that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there now.
    Created,
    /// An object of this key was there, and was left alone.
    Kept,
}

impl Store {
    /// Objects reached by that configuration instead of the environment's.
    pub fn of(config: SdkConfig) -> Self {
        Self { config: OnceCell::new_with(Some(config)), clients: Mutex::default() }
    }

    /// The text of an object.
    pub async fn read(&self, object: &S3Ref) -> Result<String, Trouble> {
        timeout(ANSWER, self.content(object)).await.unwrap_or(Err(Trouble::Silent(ANSWER)))
    }

    /// Makes an object of a text; one that is there stays as it is.
    pub async fn write(&self, object: &S3Ref, text: &str) -> Result<Written, Trouble> {
        if text.len() > LIMIT {
            return Err(Trouble::TooLarge(text.len().to_string()));
        }
        let client = self.client(object).await;
        let request = client.put_object().bucket(&object.bucket).key(object.key()).content_type("application/json");
        let request = request.checksum_algorithm(ChecksumAlgorithm::Sha256).if_none_match("*");
        let sent = timeout(ANSWER, request.body(ByteStream::from(text.as_bytes().to_vec())).send()).await;
        match sent {
            Err(_) => Err(Trouble::Silent(ANSWER)),
            Ok(Ok(_)) => Ok(Written::Created),
            Ok(Err(error)) => match trouble::of(&error) {
                // another object is there already, or is being written by somebody else just now
                Trouble::Refused { code, .. } if ["PreconditionFailed", "ConditionalRequestConflict"].contains(&code.as_str()) => {
                    Ok(Written::Kept)
                }
                trouble => Err(trouble),
            },
        }
    }

    async fn content(&self, object: &S3Ref) -> Result<String, Trouble> {
        let client = self.client(object).await;
        let sent = client.get_object().bucket(&object.bucket).key(object.key()).send().await;
        let mut answer = sent.map_err(|error| trouble::of(&error))?;
        if let Some(length) = answer.content_length.filter(|length| usize::try_from(*length).is_ok_and(|length| length > LIMIT)) {
            return Err(Trouble::TooLarge(length.to_string()));
        }
        let mut bytes = vec![];
        while let Some(chunk) = answer.body.next().await {
            bytes.extend(chunk.map_err(|error| Trouble::Broken(trouble::innermost(&error)))?);
            if bytes.len() > LIMIT {
                return Err(Trouble::TooLarge(format!("more than {LIMIT}")));
            }
        }
        String::from_utf8(bytes).map_err(|_| Trouble::NotText)
    }

    async fn client(&self, object: &S3Ref) -> Client {
        let mut clients = self.clients.lock().await;
        if let Some(known) = clients.get(&object.region) {
            return known.clone();
        }
        let config = self.config.get_or_init(|| aws_config::load_defaults(BehaviorVersion::latest())).await;
        let client = Client::from_conf(bounded(config, object.region.as_deref()));
        clients.insert(object.region.clone(), client.clone());
        client
    }
}

/// Who asks again is decided by who asks. Other addresses than Amazon's have no host per bucket.
fn bounded(config: &SdkConfig, region: Option<&str>) -> aws_sdk_s3::Config {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(ANSWER).build();
    let mut builder = aws_sdk_s3::config::Builder::from(config).timeout_config(timeouts).retry_config(RetryConfig::disabled());
    builder.set_force_path_style(Some(has_own_endpoint(config)));
    if let Some(region) = region {
        builder.set_region(Some(Region::new(region.to_owned())));
    }
    builder.build()
}

fn has_own_endpoint(config: &SdkConfig) -> bool {
    config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|value| !value.is_empty())
}

/// The digest of a text, as references pin it.
pub fn digest(text: &str) -> String {
    let hex = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_of_the_bytes() {
        assert_eq!(digest("{}"), "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
