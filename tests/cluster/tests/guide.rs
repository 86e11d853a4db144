//! docs/guide.md as somebody follows it: its files are written, its commands run, in the order of the page.

use std::{fs, path::PathBuf, process::Stdio};

use aegis_tests::files::{root, text};
use tokio::process::Command;

use crate::space::Space;

/// A block of the page.
struct Block {
    /// What stands behind the fence.
    info: String,
    text: String,
}

pub async fn each_of_its_commands_works(space: Space) {
    let folder = std::env::temp_dir().join(&space.namespace);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let _folder = Folder(folder.clone());
    let page = text(&root().join("docs/guide.md")).replace("-n guide", &format!("-n {}", space.namespace));
    let (mut files, mut commands) = (0, 0);
    for Block { info, text } in blocks(&page) {
        if let Some(name) = info.split_once("title=").map(|(_, name)| name) {
            fs::write(folder.join(name), text.replace("aegis.local/hello:dev", &space.lab.hello)).expect("a file can be written");
            files += 1;
        } else if info == "sh" {
            for line in text.lines() {
                run(&folder, line).await;
                commands += 1;
            }
        } else {
            panic!("a block {info:?} is neither a file nor commands");
        }
    }
    assert!(files >= 4 && commands >= 25, "{files} files, {commands} commands");
}

/// Goes with whoever made it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let fenced = page.split("```").skip(1).step_by(2);
    let block = |text: &str| {
        let (info, text) = text.split_once('\n').expect("a fence stands alone");
        Block { info: info.trim().to_owned(), text: text.to_owned() }
    };
    fenced.map(block).collect()
}

async fn run(folder: &PathBuf, line: &str) {
    let output =
        Command::new("bash").args(["-euo", "pipefail", "-c", line]).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = output.await.expect("bash can be run");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{line}\n{}{}", said(&output.stdout), said(&output.stderr));
}
