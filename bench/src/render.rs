//! The command line as whole processes: its help, and what it renders beside `helm template` of the very same objects.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use aegis_tests::{files::root, server::install};
use serde::Serialize;

/// Runs of each, in turn.
const RUNS: usize = 30;
/// What is rendered: the app with every section.
const APP: &str = "tests/api/full.yaml";

/// Milliseconds of each run.
#[derive(Debug, Default, Serialize)]
pub struct Rendered {
    /// `aegisctl --help`.
    pub help: Vec<f64>,
    /// `aegisctl render` of the app.
    pub app: Vec<f64>,
    /// `aegisctl render --children`: every object.
    pub children: Vec<f64>,
    /// `helm template` of a chart with the same objects, whose image is a value.
    pub helm: Vec<f64>,
    /// How many objects these are.
    pub objects: usize,
}

/// Measures them on a machine that does nothing else.
pub fn race(folder: &Path) -> Rendered {
    let app = root().join(APP).display().to_string();
    let aegisctl = std::env::current_exe().expect("a process has a program").with_file_name("aegisctl");
    let helm = PathBuf::from(install::tool("helm").get_program());
    let chart = chart(folder, &aegisctl, &app);
    let objects = text(&aegisctl, &["render", &app, "--children", "-q", "-o", "name"]).lines().count();
    let mut rendered = Rendered { objects, ..Rendered::default() };
    for _ in 0..RUNS {
        rendered.help.push(time(&aegisctl, &["--help"]));
        rendered.app.push(time(&aegisctl, &["render", &app, "-q"]));
        rendered.children.push(time(&aegisctl, &["render", &app, "--children", "-q"]));
        rendered.helm.push(time(&helm, &["template", "full", &chart.display().to_string()]));
    }
    rendered
}

/// A chart of the same objects: what looks like a template is escaped, and the image is a value.
fn chart(folder: &Path, aegisctl: &Path, app: &str) -> PathBuf {
    let chart = folder.join("chart");
    drop(fs::remove_dir_all(&chart));
    fs::create_dir_all(chart.join("templates")).expect("a folder can be made");
    let image = text(aegisctl, &["render", app, "-q"]);
    let image = image.lines().find_map(|line| line.strip_prefix("  image: ")).expect("an app has an image").to_owned();
    let objects = text(aegisctl, &["render", app, "--children", "-q"]).replace("{{", "{{ \"{{\" }}");
    let templates = objects.replace(&image, "{{ .Values.image }}");
    let write = |name: &str, text: &str| fs::write(chart.join(name), text).expect("a file can be written");
    write("Chart.yaml", "apiVersion: v2\nname: full\nversion: 0.1.0\n");
    write("values.yaml", &format!("image: {image}\n"));
    write("templates/all.yaml", &templates);
    chart
}

fn text(program: &Path, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().expect("it was built");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

fn time(program: &Path, words: &[&str]) -> f64 {
    let started = Instant::now();
    let status = Command::new(program).args(words).stdout(Stdio::null()).status().expect("it can be run");
    let took = started.elapsed().as_secs_f64() * 1000.0;
    assert!(status.success(), "{words:?}");
    took
}
