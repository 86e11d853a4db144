//! moto's S3 server, as its own process on loopback.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use aegis_tests::{
    files::root,
    server::{bound::ends_with_us, page::free_address, wait::until},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A running server.
pub struct Moto {
    address: SocketAddr,
    log: PathBuf,
    process: Child,
}

impl Moto {
    /// Starts one with that bucket.
    pub async fn start(folder: &Path, bucket: &str) -> Self {
        fs::create_dir_all(folder).expect("a folder can be made");
        let (address, log) = (free_address(), folder.join("moto.log"));
        let mut command = ends_with_us(&environment().join("bin/moto_server"));
        command.args(["-H", &address.ip().to_string(), "-p", &address.port().to_string()]);
        let file = File::create(&log).expect("a log can be written");
        command.stdout(file.try_clone().expect("a file has two ends")).stderr(file);
        let moto = Self { address, log, process: command.spawn().expect("setpriv of util-linux can be run") };
        until("moto has the bucket", async || moto.make(bucket).await).await;
        moto
    }

    /// The address as AWS_ENDPOINT_URL takes it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn make(&self, bucket: &str) -> Result<(), String> {
        let mut stream = TcpStream::connect(self.address).await.map_err(|error| format!("{error}: {}", self.log()))?;
        let request = format!("PUT /{bucket} HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await.map_err(|error| error.to_string())?;
        if text.starts_with("HTTP/1.1 200") || text.starts_with("HTTP/1.0 200") { Ok(()) } else { Err(text) }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.process.kill());
        self.process.wait().expect("it is our child");
        if std::thread::panicking() {
            eprintln!("--- moto\n{}", self.log());
        }
    }
}

fn environment() -> PathBuf {
    let made = Command::new(root().join("tests/python")).arg(root().join("tests/api/s3/moto.lock")).output().expect("bash can be run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("a folder is UTF-8").trim().into()
}
