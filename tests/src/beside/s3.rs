//! An S3 server in this process, on loopback: what a store may be like, down, silent and broken too.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Name and secret of whoever may read and write.
pub const IDENTITY: (&str, &str) = ("an-access-key", "a-secret-of-the-access-key");
/// The only bucket.
pub const BUCKET: &str = "releases";

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// As S3 does.
    #[default]
    Fine,
    /// It takes connections and says nothing.
    Silent,
    /// It promises content, and ends in its middle.
    Broken,
    /// It promises content, and most of it never comes.
    Slow,
    /// It fails.
    Failing,
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    folder: PathBuf,
    service: S3Service,
    mood: Arc<Mutex<Mood>>,
    connections: Arc<AtomicUsize>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one whose objects are files below the folder.
    pub async fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join(BUCKET)).expect("a folder can be made");
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).expect("it is a folder"));
        builder.set_auth(SimpleAuth::from_single(IDENTITY.0, IDENTITY.1));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let mut server = Self {
            address,
            folder: folder.to_owned(),
            service: builder.build(),
            mood: Arc::default(),
            connections: Arc::default(),
            task: None,
        };
        server.serve(listener);
        server
    }

    /// The address as AWS_ENDPOINT_URL takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it answers so.
    pub fn is(&self, mood: Mood) {
        *self.mood.lock().expect("no code panics while it holds the mood") = mood;
    }

    /// Nobody listens any more.
    pub async fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            task.await.expect_err("it was ended");
        }
    }

    /// Listens again, at the same address.
    pub async fn again(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the address is still free");
        self.serve(listener);
    }

    /// How many connections it took.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Puts an object there behind its back.
    pub fn put(&self, key: &str, content: &[u8]) {
        let path = self.folder.join(BUCKET).join(key);
        std::fs::create_dir_all(path.parent().expect("it is below the bucket")).expect("a folder can be made");
        std::fs::write(path, content).expect("a file can be written");
    }

    /// Takes an object away.
    pub fn remove(&self, key: &str) {
        std::fs::remove_file(self.folder.join(BUCKET).join(key)).expect("the object is there");
    }

    fn serve(&mut self, listener: TcpListener) {
        let (service, mood, connections) = (self.service.clone(), self.mood.clone(), self.connections.clone());
        self.task = Some(tokio::spawn(async move {
            // those that are open go with the task
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                let mood = *mood.lock().expect("no code panics while it holds the mood");
                open.spawn(answer(stream, mood, service.clone()));
            }
        }));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

async fn answer(mut stream: TcpStream, mood: Mood, service: S3Service) {
    let said = match mood {
        Mood::Fine => {
            // one request each, so that a mood holds for whatever comes after it
            let mut server = Builder::new(TokioExecutor::new());
            server.http1().keep_alive(false);
            drop(server.serve_connection(TokioIo::new(stream), service).await);
            return;
        }
        Mood::Silent => "",
        Mood::Broken | Mood::Slow => "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{\"version\": 1,",
        Mood::Failing => {
            "HTTP/1.1 503 Slow Down\r\nconnection: close\r\ncontent-length: 75\r\n\r\n<Error><Code>SlowDown</Code><Message>Reduce the rate now.</Message></Error>"
        }
    };
    let mut request = [0; 4096];
    drop(stream.read(&mut request).await);
    drop(stream.write_all(said.as_bytes()).await);
    if matches!(mood, Mood::Silent | Mood::Slow) {
        // until the other side gives up
        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
    }
}
