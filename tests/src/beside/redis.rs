//! One redis-server on loopback, for one test.

use std::{
    fs::File,
    path::PathBuf,
    process::{Child, Command},
    time::Duration,
};

use ::redis::{Cmd, FromRedisValue};

use super::{
    agent::free_port,
    places::{folder, place},
};
use crate::server::bound::ends_with_us;

/// A running server.
pub struct Server {
    /// Its folder.
    pub folder: PathBuf,
    /// Its port without TLS.
    pub port: u16,
    args: Vec<String>,
    process: Child,
}

impl Server {
    /// Starts one as it comes.
    pub fn start() -> Self {
        Self::start_with(|_| vec![])
    }

    /// Starts one with more arguments; they may name files in its folder.
    pub fn start_with(args: impl FnOnce(&PathBuf) -> Vec<String>) -> Self {
        let (folder, port) = (folder(), free_port());
        let args = args(&folder);
        let process = spawn(&folder, port, &args);
        let server = Self { folder, port, args, process };
        server.wait();
        server
    }

    /// Its address, with a path for the database.
    pub fn uri(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it, as a crash does.
    pub fn stop(&mut self) {
        drop(self.process.kill());
        self.process.wait().expect("it is our child");
    }

    /// Starts it again, empty, at the same address.
    pub fn again(&mut self) {
        self.process = spawn(&self.folder, self.port, &self.args);
        self.wait();
    }

    /// Stops answering until `go_on`.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.process.id().to_string()]).status().expect("kill can be run").success());
    }

    /// The answer to a command, given as words.
    pub fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.ask_in(0, words)
    }

    /// The answer to a command in a database.
    pub fn ask_in<T: FromRedisValue>(&self, database: u16, words: &[&str]) -> T {
        let mut command = Cmd::new();
        command.arg(words);
        let client = ::redis::Client::open(format!("redis://127.0.0.1:{}/{database}", self.port)).expect("the address is well formed");
        command.query(&mut client.get_connection().expect("the server is there")).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// What the actors ran, as JSON.
    pub fn ran(&self) -> Vec<serde_json::Value> {
        let notes: Vec<String> = self.ask(&["LRANGE", "ran", "0", "-1"]);
        notes.iter().map(|note| serde_json::from_str(note).expect("workers note JSON")).collect()
    }

    fn wait(&self) {
        for _ in 0..1000 {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not listen: {}", std::fs::read_to_string(self.folder.join("redis.log")).unwrap_or_default());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn spawn(folder: &PathBuf, port: u16, args: &[String]) -> Child {
    let log = File::create(folder.join("redis.log")).expect("a log can be written");
    let redis = place("redis");
    let mut command = ends_with_us(&redis.join("usr/bin/redis-server"));
    command.env("LD_LIBRARY_PATH", redis.join("usr/lib/x86_64-linux-gnu"));
    command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"]).arg(folder).args(args);
    command.stdout(log).spawn().expect("setpriv of util-linux can be run")
}
