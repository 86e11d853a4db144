//! A visitor inside the cluster: it asks from a pod, with an address of its own, and keeps sessions open.
//! What the answers should be, tests say.

use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    api::{AttachParams, AttachedProcess},
};
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use crate::{
    space::Space,
    wait::{found, until},
};

const ASK: &str = r#"
import http.client, json, socket, ssl, sys
answers = []
for ask in json.load(sys.stdin):
    try:
        connection = http.client.HTTPConnection(ask["gateway"], timeout=10)
        connection.sock = socket.create_connection((ask["gateway"], 443 if ask["tls"] else 80), timeout=10)
        if ask["tls"]:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection.sock = context.wrap_socket(connection.sock, server_hostname=ask["host"])
        connection.request("GET", ask["path"], headers={"host": ask["host"], **dict(ask["headers"])})
        answer = connection.getresponse()
        text = answer.read().decode()
        answers.append({"status": answer.status, "body": json.loads(text) if text.startswith("{") else text})
    except Exception as error:
        answers.append({"status": 0, "body": repr(error)})
print(json.dumps(answers))
"#;

const SESSION: &str = r#"
import os, socket, sys
gateway, host, path, cookie = sys.argv[1:]
connection = socket.create_connection((gateway, 80), timeout=30)
stream = connection.makefile("rwb")
head = f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
stream.write((head + (f"cookie: {cookie}\r\n" if cookie else "") + "\r\n").encode())
stream.flush()
status, given = stream.readline().decode(), ""
while (line := stream.readline().decode().strip()):
    if line.lower().startswith("set-cookie: "):
        given = line[12:].split(";")[0]
print(status.split(" ")[1], given, flush=True)
for word in sys.stdin:
    text = word.strip().encode()
    mask = os.urandom(4)
    stream.write(bytes([0x81, 0x80 | len(text)]) + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(text)))
    stream.flush()
    _, length = stream.read(2)
    print(stream.read(length).decode(), flush=True)
"#;

/// One request.
#[derive(Clone, Serialize)]
pub struct Ask {
    gateway: String,
    host: String,
    path: String,
    headers: Vec<(String, String)>,
    tls: bool,
}

impl Ask {
    /// A GET.
    pub fn new(gateway: &str, host: &str, path: &str) -> Self {
        Self { gateway: gateway.into(), host: host.into(), path: path.into(), headers: vec![], tls: false }
    }

    /// The same with headers.
    pub fn with(mut self, headers: &[(&str, &str)]) -> Self {
        self.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// The same over TLS, whoever the certificate is for.
    pub fn tls(self) -> Self {
        Self { tls: true, ..self }
    }
}

/// A pod that asks.
pub struct Visit {
    pods: Api<Pod>,
    pod: String,
}

impl Visit {
    /// Asks from that pod.
    pub fn from(space: &Space, pod: &str) -> Self {
        Self { pods: space.api(), pod: pod.to_owned() }
    }

    /// Asks all, one after the other.
    pub async fn ask_all(&self, asks: &[Ask]) -> Vec<Value> {
        let mut process = self.run(vec!["python".into(), "-c".into(), ASK.into()]).await;
        let mut stdin = process.stdin().expect("it has one");
        let asks = serde_json::to_vec(asks).expect("requests are JSON");
        stdin.write_all(&asks).await.expect("it reads");
        stdin.shutdown().await.expect("it reads to the end");
        drop(stdin);
        let mut said = String::new();
        process.stdout().expect("it has one").read_to_string(&mut said).await.expect("it answers");
        serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Asks until the answer is as expected.
    pub async fn insist(&self, ask: &Ask, is_it: impl Fn(&Value) -> bool) -> Value {
        until(format!("the expected answer to {}{}", ask.host, ask.path), 60, async || {
            let answer = self.ask_all(std::slice::from_ref(ask)).await.remove(0);
            found(Some(answer.clone()).filter(|answer| is_it(answer)), answer.to_string())
        })
        .await
    }

    /// Opens a WebSocket. Returns it, and the cookie that was given.
    pub async fn session(&self, gateway: &str, host: &str, path: &str, cookie: &str) -> (Session, String) {
        let command = ["python", "-c", SESSION, gateway, host, path, cookie].map(str::to_owned);
        let mut process = self.run(command.into()).await;
        let stdin = Box::new(process.stdin().expect("it has one"));
        let said = BufReader::new(Box::new(process.stdout().expect("it has one")) as Box<dyn tokio::io::AsyncRead + Unpin + Send>);
        let mut session = Session { stdin, said, _process: process };
        let opened = session.line().await;
        let (status, given) = opened.split_once(' ').unwrap_or((&opened, ""));
        assert_eq!(status, "101", "the WebSocket opens: {opened}");
        (session, given.to_owned())
    }

    async fn run(&self, command: Vec<String>) -> AttachedProcess {
        let streams = AttachParams { stdin: true, stdout: true, stderr: false, ..Default::default() };
        self.pods.exec(&self.pod, command, &streams).await.expect("a command can be run in a pod")
    }
}

/// An open WebSocket.
pub struct Session {
    stdin: Box<dyn AsyncWrite + Unpin + Send>,
    said: BufReader<Box<dyn tokio::io::AsyncRead + Unpin + Send>>,
    _process: AttachedProcess,
}

impl Session {
    /// Says something. Returns the name of the pod that answers.
    pub async fn say(&mut self, word: &str) -> String {
        self.stdin.write_all(format!("{word}\n").as_bytes()).await.expect("the visitor listens");
        self.stdin.flush().await.expect("the visitor listens");
        self.line().await
    }

    /// Closes it.
    pub async fn end(mut self) {
        self.stdin.shutdown().await.expect("the visitor listens");
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        let read = tokio::time::timeout(std::time::Duration::from_secs(30), self.said.read_line(&mut line)).await;
        read.expect("an answer comes within 30 s").expect("the visitor speaks");
        assert!(!line.is_empty(), "the session has ended");
        line.trim().to_owned()
    }
}
