//! One Redis server and database: a connection that is made when it is needed and given up when it is broken.
//! Every wait is bounded. It knows nothing about queues.

use std::{fs, time::Duration};

use aegis_crds::agent::Binding;
use redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, Pipeline, TlsCertificates, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    from_owned_redis_value,
};
use tokio::{sync::Mutex, time::timeout};

use crate::{address, fault::Fault};

/// Longest wait for a connection: name, handshake and log-in.
const CONNECT: Duration = Duration::from_secs(3);
/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(3);

/// A server that may be away.
pub struct Broker {
    client: Result<Client, Fault>,
    link: Mutex<Option<MultiplexedConnection>>,
}

impl Broker {
    /// A broker at the address of a binding. A wrong address is told with every use.
    pub fn new(binding: &Binding, uri: Option<&str>, database: Option<i32>) -> Self {
        Self { client: client(binding, uri, database), link: Mutex::default() }
    }

    /// The connection that is there, or a new one.
    pub async fn link(&self) -> Result<Link<'_>, Fault> {
        let mut link = self.link.lock().await;
        if let Some(connection) = &*link {
            return Ok(Link { broker: self, connection: connection.clone() });
        }
        let config = AsyncConnectionConfig::new().set_connection_timeout(CONNECT).set_response_timeout(ANSWER);
        let client = self.client.as_ref().map_err(Clone::clone)?;
        // the library's own bound leaves out the name's lookup
        let connecting = timeout(CONNECT, client.get_multiplexed_async_connection_with_config(&config)).await;
        let connection = connecting.map_err(|_| Fault::Timeout(CONNECT))??;
        *link = Some(connection.clone());
        Ok(Link { broker: self, connection })
    }

    async fn forget(&self) {
        *self.link.lock().await = None;
    }
}

/// A connection that worked when it was last used.
#[derive(Clone)]
pub struct Link<'a> {
    broker: &'a Broker,
    connection: MultiplexedConnection,
}

impl Link<'_> {
    /// The answer to one command.
    pub async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        self.kept(command.query_async(&mut connection).await.map_err(Fault::from)).await
    }

    /// The answers to several commands in one trip; each may be an error of its own.
    pub async fn ask_all(&self, commands: &Pipeline) -> Result<Vec<Value>, Fault> {
        let mut connection = self.connection.clone();
        let answers = connection.req_packed_commands(commands, 0, commands.len()).await;
        self.kept(answers.map_err(Fault::from)).await
    }

    /// The answers to several commands between which nobody else gets a word in.
    pub async fn ask_at_once<T: FromRedisValue>(&self, commands: &mut Pipeline) -> Result<T, Fault> {
        let mut connection = self.connection.clone();
        self.kept(commands.atomic().query_async(&mut connection).await.map_err(Fault::from)).await
    }

    async fn kept<T>(&self, answer: Result<T, Fault>) -> Result<T, Fault> {
        if answer.as_ref().is_err_and(Fault::ends_connection) {
            self.broker.forget().await;
        }
        answer
    }
}

/// One of several answers, as what it should be.
pub fn read<T: FromRedisValue>(answer: Option<Value>) -> Result<T, Fault> {
    match answer.unwrap_or(Value::Nil) {
        Value::ServerError(error) => Err(Fault::from(redis::RedisError::from(error))),
        value => Ok(from_owned_redis_value(value)?),
    }
}

fn client(binding: &Binding, uri: Option<&str>, database: Option<i32>) -> Result<Client, Fault> {
    let (name, env) = (&binding.name, &binding.uri_env);
    let uri = uri.filter(|uri| !uri.is_empty());
    let uri = uri.ok_or_else(|| Fault::Address(format!("binding {name} has no URI: the variable {env} is not set or empty")))?;
    let mut info =
        address::parse(uri).map_err(|why| Fault::Address(format!("the URI of binding {name}, in {env}, is not usable: {why}")))?;
    if let Some(database) = database {
        info.redis.db = i64::from(database);
    }
    match &binding.ca_file {
        Some(file) if matches!(info.addr, redis::ConnectionAddr::TcpTls { .. }) => {
            let root_cert = fs::read(file).map_err(|error| Fault::Address(format!("binding {name}: cannot read {file}: {error}")))?;
            Ok(Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(root_cert) })?)
        }
        _ => Ok(Client::open(info)?),
    }
}
