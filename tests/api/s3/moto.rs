//! moto's S3 server, as its own process on loopback.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use aegis_tests::{
    beside::authority::certify,
    files::root,
    server::{bound::ends_with_us, page::free_address, wait::until},
};
/// Makes a bucket at an address, with an authority's certificate or without.
const MAKE: &str = "
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2]) if sys.argv[2:] else None
urllib.request.urlopen(urllib.request.Request(sys.argv[1], method='PUT', data=b''), context=context)
";

/// A running server.
pub struct Moto {
    address: SocketAddr,
    authority: Option<PathBuf>,
    log: PathBuf,
    process: Child,
}

impl Moto {
    /// Starts one with that bucket.
    pub async fn start(folder: &Path, bucket: &str) -> Self {
        Self::start_with(folder, bucket, false).await
    }

    /// Starts one with that bucket, and with a certificate of an authority of its own.
    pub async fn start_with_tls(folder: &Path, bucket: &str) -> Self {
        Self::start_with(folder, bucket, true).await
    }

    async fn start_with(folder: &Path, bucket: &str, with_tls: bool) -> Self {
        fs::create_dir_all(folder).expect("a folder can be made");
        let (address, log) = (free_address(), folder.join("moto.log"));
        let place = environment();
        let mut command = ends_with_us(&place.join("bin/moto_server"));
        command.args(["-H", &address.ip().to_string(), "-p", &address.port().to_string()]);
        if with_tls {
            certify(folder, "localhost");
            command.arg("-s").arg("-c").arg(folder.join("server.pem")).arg("-k").arg(folder.join("server.key"));
        }
        let file = File::create(&log).expect("a log can be written");
        command.stdout(file.try_clone().expect("a file has two ends")).stderr(file);
        let process = command.spawn().expect("setpriv of util-linux can be run");
        let moto = Self { address, authority: with_tls.then(|| folder.join("ca.pem")), log, process };
        let bucket = format!("{}/{bucket}", moto.endpoint());
        until("moto has the bucket", async || {
            let mut make = Command::new(place.join("bin/python"));
            let made = make.args(["-c", MAKE, &bucket]).args(&moto.authority).output().expect("python can be run");
            if made.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&made.stderr).into_owned() + &moto.log()) }
        })
        .await;
        moto
    }

    /// The address as AWS_ENDPOINT_URL takes it.
    pub fn endpoint(&self) -> String {
        match self.authority {
            None => format!("http://{}", self.address),
            Some(_) => format!("https://localhost:{}", self.address.port()),
        }
    }

    /// The certificate of its authority.
    pub fn authority(&self) -> String {
        self.authority.as_ref().expect("it has one").display().to_string()
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
