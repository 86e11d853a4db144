//! A browser as people use it: Chromium without a screen, driven by WebDriver. What is on a Flet page is found as a screen reader finds it.

use std::{env, fs, path::PathBuf, process::Stdio};

use k8s_openapi::ByteString;
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    traffic::Door,
    wait::{Look, found, holds, until},
};

/// The key under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Everything that can be read.
const TEXTS: &str = "return [...document.querySelectorAll('flt-semantics-host *')].map(part => part.ariaLabel || part.innerText || '')";
/// Flet draws; it describes what it has drawn when somebody asks for that.
const DESCRIBE: &str = "const ask = document.querySelector('flt-semantics-placeholder'); if (ask) ask.click();
  return document.querySelector('flt-semantics-host *') !== null";

/// One window.
pub struct Browser {
    driver: Child,
    door: Door,
    session: String,
    profile: PathBuf,
}

impl Browser {
    /// Opens a window that finds no address but those of this machine.
    pub async fn start(name: &str) -> Self {
        let profile = env::temp_dir().join(format!("{name}-browser"));
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).kill_on_drop(true);
        let mut driver = driver.spawn().expect("scripts/test-cluster installs chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("it prints").expect("it says on which port it listens");
            if let Some((_, port)) = line.trim_end_matches('.').rsplit_once("successfully on port ") {
                break port.to_owned();
            }
        };
        let url = format!("http://127.0.0.1:{port}").parse().expect("an address");
        let door = Door::to(Client::try_from(Config::new(url)).expect("it is plain HTTP"));
        let nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
        let profile_is = format!("--user-data-dir={}", profile.display());
        let args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader", "--window-size=1000,760"];
        let args: Vec<&str> = args.into_iter().chain([nowhere, &profile_is]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": args}}}});
        let given = door.insist("POST", "/session", Some(wanted)).await;
        let given: Value = serde_json::from_str(&given).expect("WebDriver speaks JSON");
        let session = given["value"]["sessionId"].as_str().expect("a session").to_owned();
        Self { driver, door, session, profile }
    }

    /// Comes to a page of Flet.
    pub async fn visit(&self, url: &str) {
        self.command("url", json!({"url": url})).await.expect("there is a page");
        until(format!("{url} is drawn and described"), 60, async || {
            holds(self.script(DESCRIBE).await == Ok(json!(true)), "it is not, yet")
        })
        .await;
    }

    /// Types into the field of this label, behind what is there.
    pub async fn types(&self, label: &str, text: &str) {
        let field = self.element(&format!("//input[@aria-label={label:?}]")).await;
        self.command(&format!("element/{field}/click"), json!({})).await.expect("it can be clicked");
        let focus = "return document.activeElement.ariaLabel";
        until(format!("the field {label} takes what is typed"), 30, async || {
            holds(self.script(focus).await == Ok(json!(label)), "another does")
        })
        .await;
        self.command(&format!("element/{field}/value"), json!({"text": text})).await.expect("it can be typed into");
        let typed = format!("return document.querySelector('input[aria-label={label:?}]').value");
        until(format!("{text:?} in the field {label}"), 30, async || match self.script(&typed).await {
            Ok(value) => holds(value.as_str().is_some_and(|value| value.ends_with(text)), value.to_string()),
            Err(error) => Look::Waiting(error),
        })
        .await;
    }

    /// Clicks the button of this name.
    pub async fn clicks(&self, name: &str) {
        let path = format!("//flt-semantics[@role='button' and (normalize-space(.)={name:?} or @aria-label={name:?})]");
        let button = self.element(&path).await;
        self.command(&format!("element/{button}/click"), json!({})).await.expect("it can be clicked");
    }

    /// Waits until this can be read.
    pub async fn shows(&self, text: &str) {
        until(format!("{text:?} on the page"), 30, async || match self.script(TEXTS).await {
            Ok(texts) => holds(texts.to_string().contains(text), texts.to_string()),
            Err(error) => Look::Waiting(error),
        })
        .await;
    }

    /// Whether this can be read now.
    pub async fn reads(&self, text: &str) -> bool {
        self.script(TEXTS).await.is_ok_and(|texts| texts.to_string().contains(text))
    }

    /// Keeps a picture of the page, to be looked at: its path.
    pub async fn picture(&self, name: &str) -> PathBuf {
        let path = format!("/session/{}/screenshot", self.session);
        let mut taken = self.door.json(&path).await.expect("a picture can be taken");
        let picture: ByteString = serde_json::from_value(taken["value"].take()).expect("it is base64");
        let file = aegis_tests::files::root().join("target/pictures").join(name);
        fs::create_dir_all(file.parent().expect("it has one")).expect("a folder can be made");
        fs::write(&file, picture.0).expect("a file can be written");
        file
    }

    async fn element(&self, path: &str) -> String {
        until(format!("an element {path}"), 30, async || {
            let answer = self.command("element", json!({"using": "xpath", "value": path})).await;
            found(answer.as_ref().ok().and_then(|value| value[ELEMENT].as_str()).map(str::to_owned), format!("{answer:?}"))
        })
        .await
    }

    async fn script(&self, text: &str) -> Result<Value, String> {
        self.command("execute/sync", json!({"script": text, "args": []})).await
    }

    async fn command(&self, what: &str, body: Value) -> Result<Value, String> {
        let answer = self.door.send("POST", &format!("/session/{}/{what}", self.session), Some(body)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| error.to_string())?;
        Ok(answer["value"].take())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // the driver's window is of its group
        if let Some(pid) = self.driver.id() {
            std::process::Command::new("kill").arg("--").arg(format!("-{pid}")).status().ok();
        }
        fs::remove_dir_all(&self.profile).ok();
    }
}
