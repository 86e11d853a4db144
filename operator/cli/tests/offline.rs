//! The binary's commands that need no cluster, as people and scripts call them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Exit code, stdout and stderr.
fn run(args: &[&str], stdin: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aegisctl"));
    let output = command.current_dir(root()).args(args).write_stdin(stdin).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn app(spec: &str) -> String {
    format!("apiVersion: aegis.dev/v1alpha1\nkind: AegisApp\nmetadata: {{name: shop}}\nspec:\n{spec}")
}

/// `line:code:path` of every problem in the text.
fn problems(text: &str) -> Vec<String> {
    let (_, stdout, _) = run(&["validate", "-", "-o", "json"], text);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["version"], 1);
    let told = |problem: &Value| format!("{}:{}:{}", problem["line"], problem["code"].as_str().unwrap(), problem["path"].as_str().unwrap());
    report["problems"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_good_app_is_told_so_and_ends_with_0() {
    let (code, stdout, stderr) = run(&["validate", "examples/shop/aegisapp.yaml"], "");
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("1 AegisApp (shop): nothing is wrong"), "{stderr}");
}

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let text = app("  image: 5\n  wrokers:\n  - {name: a_b}\n  api: {port: \"80\", replicas: {min: 3, max: 2}}\n  config: {A: 1, B: }\n");
    let expected = [
        "5:WrongType:spec.image",
        "6:UnknownField:spec.wrokers",
        "7:BadName:spec.workers[0].name",
        "8:WrongType:spec.api.port",
        "8:MinAboveMax:spec.api.replicas",
        "9:WrongType:spec.config.A",
        "9:NoValue:spec.config.B",
    ];
    assert_eq!(problems(&text), expected);
}

#[test]
fn one_cause_is_told_once() {
    assert_eq!(problems(&app("  image: x:1\n  workers: [{args: [x]}]\n")), ["6:MissingField:spec.workers[0].name"]);
    assert_eq!(problems(&app("  image: x:1\n  workers: [{name: a}, {name: a}]\n")), ["6:DuplicateName:spec.workers[1].name"]);
    let typo = app("  image: x:1\n  bindings: [{name: db, type: postgres, provison: {}}]\n");
    assert_eq!(problems(&typo), ["6:UnknownField:spec.bindings[0].provison"]);
    let unlike = app("  image: x:1\n  schedules: [{name: a, schedule: \"0 0 * * *\", run: {nothing: 1}}]\n");
    assert_eq!(problems(&unlike), ["6:UnknownField:spec.schedules[0].run.nothing"]);
}

/// A manifest with something wrong in each of its parts.
const MANIFEST: &str = r#"{
  "version": 1,
  "project": {"name": "Shop"},
  "components": {
    "config": {"A": 1, "API_TOKEN": "hush-hush"},
    "api": {"prt": 80},
    "workers": [{"name": "mail"}],
    "code": {"workers": [{"name": "mial", "module": "x"}]}
  },
  "settings": [{"env": "K", "secret": true, "default": "hush-hush"}, {"env": "N", "type": "integer", "default": "x"}],
  "environments": {"prod": {"components": {"workers": [{"name": "mail", "replicas": {"min": 5, "max": 4}}]}}},
  "commands": {"test": []},
  "agent": {"tasks": [{"name": "t", "goal": "g", "gates": ["tset"]}]}
}"#;

#[test]
fn a_manifest_is_told_all_that_is_wrong_with_it_at_once() {
    let expected = [
        "3:BadName:project.name",
        "5:WrongType:components.config.A",
        "5:SecretValue:components.config.API_TOKEN",
        "6:UnknownField:components.api.prt",
        "8:UnknownWorker:components.code.workers[0].name",
        "10:SecretValue:settings[0].default",
        "10:BadValue:settings[1].default",
        "11:MinAboveMax:environments.prod.components.workers[0].replicas",
        "12:BadValue:commands.test",
        "13:UnknownCommand:agent.tasks[0].gates[0]",
    ];
    assert_eq!(problems(MANIFEST), expected);
}

#[test]
fn what_is_told_of_a_manifest_shows_lines_but_no_secret() {
    for format in ["text", "json"] {
        let (code, stdout, stderr) = run(&["validate", "-", "-o", format], MANIFEST);
        assert_eq!(code, 1);
        assert!(!stdout.contains("hush") && !stderr.contains("hush"), "{stdout}{stderr}");
    }
    let (_, stdout, _) = run(&["validate", "-"], MANIFEST);
    assert!(
        stdout.contains("stdin:6:13: error UnknownField at components.api.prt") && stdout.contains("   6 |     \"api\": {\"prt\": 80},"),
        "{stdout}"
    );
    assert!(stdout.contains("Did you mean port?") && stdout.contains("Did you mean mail?"), "{stdout}");
}

#[test]
fn the_manifests_of_a_folder_are_validated_with_its_apps() {
    let (code, _, stderr) = run(&["validate", "examples/shop", "aegis_manifest.json"], "");
    assert!(code == 0 && stderr.contains("1 AegisApp (shop), 2 manifests (shop, aegis): nothing is wrong"), "{stderr}");
}

#[test]
fn what_is_no_app_is_told_apart_from_other_resources() {
    let (code, _, stderr) = run(&["validate", "-"], "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
    assert_eq!(code, 0);
    assert!(stderr.contains("nothing was checked") && stderr.contains("Service"), "{stderr}");
    assert_eq!(problems("apiVersion: aegis.dev/v1alpha1\nkind: Aegisapp\n"), ["2:NotAResource:kind"]);
    assert_eq!(problems("apiVersion: aegis.dev/v2\nkind: AegisApp\n"), ["1:NotAResource:apiVersion"]);
}

#[test]
fn a_broken_document_does_not_hide_the_one_before() {
    let text = app("  image: \"\"\n") + "---\na: [\n";
    let told = problems(&text);
    assert!(told.iter().any(|told| told.starts_with("7:BrokenYaml")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("5:BadImage:spec.image")), "{told:?}");
}

#[test]
fn a_list_of_resources_is_looked_into() {
    let text =
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: aegis.dev/v1alpha1\n  kind: AegisApp\n  metadata: {name: x}\n  spec: {}\n";
    assert_eq!(problems(text), ["7:MissingField:spec.image"]);
}

#[test]
fn files_that_cannot_be_read_end_with_2() {
    let (code, stdout, stderr) = run(&["validate", "no-such-file.yaml"], "");
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("no-such-file.yaml") && stderr.contains("fix:"), "{stderr}");
}

/// The codes of errors that need the facts of a cluster.
const ONLY_A_CLUSTER_SHOWS: [&str; 3] = ["AccessModeFixed\n", "BindingTypeFixed\n", "UnknownBehavior\n"];

/// Every case of the planner's suite: what it refuses, `validate` refuses; what it accepts, `validate` accepts.
#[test]
fn validate_and_the_operator_agree_on_every_case() {
    let (_, stdout, _) = run(&["validate", "tests/plan", "-o", "json"], "");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let cases = report["apps"].as_array().unwrap();
    assert!(cases.len() > 100, "{}", cases.len());
    // A case may hold other apps too, such as the one that was there before.
    for file in cases.iter().filter_map(|case| case["file"].as_str()).filter(|file| file.ends_with("/app.yaml")) {
        let of: Vec<&Value> = report["problems"].as_array().unwrap().iter().filter(|problem| problem["file"] == file).collect();
        let is_refused = of.iter().any(|problem| problem["severity"] == "Error");
        let beside =
            ["problems.yaml", "expected.yaml"].map(|name| fs::read_to_string(root().join(file).with_file_name(name)).unwrap_or_default());
        let expected = beside.concat();
        // what a manifest in a cluster makes is only seen there; what stands beside the reference is seen here
        let refers = fs::read_to_string(root().join(file)).unwrap().contains("manifest: {configMapRef");
        let is_offline = |problem: &&str| match refers {
            true => problem.starts_with("ManifestAndInline\n"),
            false => !ONLY_A_CLUSTER_SHOWS.iter().any(|code| problem.starts_with(code)),
        };
        let mut told = expected.split("code: ").skip(1).filter(is_offline);
        assert_eq!(is_refused, told.any(|problem| problem.contains("severity: Error")), "{file}: {of:?}\n{expected}");
    }
}

#[test]
fn codes_are_explained_whatever_their_case_and_slips_are_recognised() {
    let (code, stdout, _) = run(&["explain", "minabovemax"], "");
    assert_eq!(code, 0);
    assert!(stdout.contains("MinAboveMax (error") && stdout.contains("What cures it"), "{stdout}");
    let (code, _, stderr) = run(&["explain", "MinAboveMx"], "");
    assert_eq!(code, 1);
    assert!(stderr.contains("did you mean MinAboveMax?"), "{stderr}");
    let (_, all, _) = run(&["explain"], "");
    assert!(all.contains("UnknownField") && all.contains("BadCron"), "{all}");
    let data = |args: &[&str]| serde_json::from_str::<Value>(&run(args, "").1).unwrap();
    let one = data(&["explain", "BadCron", "-o", "json"]);
    assert_eq!((&one["version"], &one["codes"][0]["code"], &one["codes"][0]["severity"]), (&json!(1), &json!("BadCron"), &json!("Error")));
    let names = run(&["explain", "-o", "name"], "").1;
    assert_eq!(names.lines().count(), data(&["explain", "-o", "json"])["codes"].as_array().unwrap().len());
    assert!(run(&["explain", "BadCron", "-o", "yaml"], "").1.contains("- code: BadCron\n"));
}

#[test]
fn the_readme_has_the_table_of_children() {
    let (code, table, _) = run(&["children"], "");
    assert_eq!(code, 0);
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let block = readme.split_once("<!-- aegisctl children -->\n").and_then(|(_, rest)| rest.split_once("<!-- end -->")).unwrap().0;
    assert_eq!(block.trim(), table.trim(), "put the output of `aegisctl children` between the two comments of README.md");
}

#[test]
fn the_children_of_a_file_are_listed_unless_it_has_errors() {
    let (code, stdout, _) = run(&["children", "examples/shop/aegisapp.yaml"], "");
    assert_eq!(code, 0);
    assert!(stdout.lines().any(|line| line.split_whitespace().eq(["api", "Deployment", "shop-api"])), "{stdout}");
    let data = |args: &[&str]| serde_json::from_str::<Value>(&run(args, "").1).unwrap();
    let listed = data(&["children", "examples/shop/aegisapp.yaml", "-o", "json"]);
    let objects = listed["apps"][0]["objects"].as_array().unwrap();
    assert!(objects.contains(&json!({"section": "api", "kind": "Deployment", "name": "shop-api"})), "{listed}");
    let names = run(&["children", "examples/shop/aegisapp.yaml", "-o", "name"], "").1;
    assert!(names.lines().count() == objects.len() && names.contains("deployment.apps/shop-api\n"), "{names}");
    let all = data(&["children", "-o", "json"]);
    let first = &all["children"][0];
    assert!(first["stage"] == "prepare" && first["ownedBy"].is_string() && first["purpose"].is_string(), "{all}");
    assert!(
        run(&["children", "-o", "yaml"], "").1.contains("kind: CronJob") && run(&["children", "-o", "name"], "").1.contains("CronJob\n")
    );
    let (code, stdout, stderr) = run(&["children", "examples/sqlite/refused.yaml"], "");
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("SingleWriter"), "{stderr}");
}

/// What `render` prints as JSON.
fn rendered(args: &[&str], stdin: &str) -> Vec<Value> {
    let (code, stdout, stderr) = run(&[&["render", "-o", "json"], args].concat(), stdin);
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str::<Value>(&stdout).unwrap()["items"].as_array().unwrap().clone()
}

#[test]
fn an_environment_is_rendered_as_the_app_that_runs_there() {
    let file = "examples/shop/aegis_manifest.json";
    let prod = rendered(&[file, "--env", "prod", "-n", "prod", "--image", "shop:9"], "");
    assert_eq!(
        (prod.len(), &prod[0]["kind"], &prod[0]["metadata"]),
        (1, &json!("AegisApp"), &json!({"name": "shop", "namespace": "prod"}))
    );
    assert_eq!((&prod[0]["spec"]["image"], &prod[0]["spec"]["api"]["replicas"]), (&json!("shop:9"), &json!({"min": 2, "max": 6})));
    let dev = rendered(&[file, "--env", "dev"], "");
    assert_eq!((&dev[0]["spec"]["image"], &dev[0]["spec"]["config"]), (&json!("aegis.local/shop:dev"), &json!({"PAGE_SIZE": "50"})));
    assert!(dev[0]["spec"].get("code").is_none() && dev[0]["spec"].get("settings").is_none());
    let (code, _, stderr) = run(&["render", file, "--env", "pord"], "");
    assert!(code == 1 && stderr.contains("UnknownEnvironment") && stderr.contains("Did you mean prod?"), "{stderr}");
}

#[test]
fn what_is_rendered_is_accepted_again_and_becomes_the_same() {
    for environment in ["dev", "staging", "prod"] {
        let (_, app, _) = run(&["render", "examples/shop/aegis_manifest.json", "--env", environment], "");
        let (code, _, stderr) = run(&["validate", "-"], &app);
        assert_eq!(code, 0, "{environment}: {stderr}");
        let children = ["render", "examples/shop/aegis_manifest.json", "--env", environment, "--children"];
        assert_eq!(run(&children, "").1, run(&["render", "-", "--children"], &app).1, "{environment}");
    }
}

/// kubectl reads YAML 1.1, in which these are booleans, numbers and times.
#[test]
fn what_older_readers_take_for_something_else_is_rendered_as_the_text_it_is() {
    let words = ["yes", "no", "on", "Off", "y", "N", "1_000", "12:30:45", "0o7", "0x1F", "1e9", "null", "~", "2026-01-01", ".5"];
    let config: Vec<String> = words.iter().enumerate().map(|(i, word)| format!("K{i}: {word:?}")).collect();
    for children in [&["--children"][..], &[]] {
        let (code, yaml, stderr) =
            run(&[&["render", "-"], children].concat(), &app(&format!("  image: x:1\n  config: {{{}}}\n", config.join(", "))));
        assert_eq!(code, 0, "{stderr}");
        for (i, word) in words.iter().enumerate() {
            assert!(yaml.contains(&format!("K{i}: {word:?}\n")), "{word} in\n{yaml}");
        }
    }
}

#[test]
fn children_are_rendered_as_objects_that_a_server_takes() {
    let children = rendered(&["examples/shop/aegisapp.yaml", "--children"], "");
    let api = children.iter().find(|child| child["kind"] == "Deployment" && child["metadata"]["name"] == "shop-api").unwrap();
    assert_eq!(
        (&api["apiVersion"], &api["spec"]["replicas"], &api["metadata"]["namespace"]),
        (&json!("apps/v1"), &json!(1), &json!("shop"))
    );
    for child in &children {
        assert!(child["metadata"].get("ownerReferences").is_none(), "{child}");
        assert!(child["kind"] != "Secret" || (child.get("data").is_none() && child.get("stringData").is_none()), "{child}");
    }
    let (_, names, _) = run(&["render", "examples/shop/aegisapp.yaml", "--children", "-o", "name"], "");
    assert_eq!(names.lines().count(), children.len());
    assert!(
        names.lines().any(|name| name == "deployment.apps/shop-api") && names.lines().any(|name| name == "service/shop-api"),
        "{names}"
    );
}

/// The commands of a page's shell blocks that need no cluster, run in the shop's folder.
#[test]
fn the_commands_of_the_manifests_page_work() {
    let page = fs::read_to_string(root().join("docs/manifest.md")).unwrap();
    let block = page.split_once("```sh\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    assert_eq!(block.lines().count(), 3);
    for line in block.lines() {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_aegisctl")).current_dir(root().join("examples/shop")).args(words).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_has_errors_is_not_rendered() {
    let (code, stdout, stderr) = run(&["render", "-"], MANIFEST);
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("stdin:6:13: UnknownField at components.api.prt") && !stderr.contains("hush"), "{stderr}");
    let (code, _, stderr) = run(&["render", "Cargo.toml"], "");
    assert!(code == 1 && stderr.contains("Cargo.toml"), "{stderr}");
    let (code, _, stderr) = run(&["render", "-"], "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
    assert!(code == 1 && stderr.contains("no AegisApp and no manifest"), "{stderr}");
}

#[test]
fn a_history_that_cannot_be_read_says_why() {
    let (code, help, _) = run(&["rollout", "history", "--help"], "");
    assert!(code == 0 && help.contains("aegisctl rollout history shop -n shop"), "{help}");
    let (code, stdout, stderr) = run(&["rollout", "history", "shop", "--kubeconfig", "no-such-file"], "");
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("no-such-file") && stderr.contains("fix:"), "{stderr}");
    let (code, _, stderr) = run(&["rollout", "history"], "");
    assert!(code == 2 && stderr.contains("<NAME>"), "{stderr}");
}

#[test]
fn shells_complete_commands_and_their_flags() {
    for (shell, words) in [("bash", "rollout"), ("zsh", "--across-migration"), ("fish", "validate")] {
        let (code, stdout, stderr) = run(&["completion", shell], "");
        assert_eq!((code, stderr.as_str()), (0, ""), "{shell}");
        assert!(stdout.contains(words), "{shell}: {stdout}");
    }
    // bash itself: what follows a few letters
    let ask =
        "source <($0 completion bash); COMP_WORDS=(aegisctl roll); COMP_CWORD=1; _aegisctl aegisctl roll aegisctl; echo ${COMPREPLY[@]}";
    let bash = std::process::Command::new("bash").args(["-c", ask, env!("CARGO_BIN_EXE_aegisctl")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout).trim(), "rollout", "{}", String::from_utf8_lossy(&bash.stderr));
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let (code, page, _) = run(&["man", "rollout", "undo"], "");
    assert!(code == 0 && page.contains(".TH") && page.contains("across"), "{page}");
    let (code, _, stderr) = run(&["man", "rolout"], "");
    assert!(code == 1 && stderr.contains("did you mean rollout?"), "{stderr}");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("man");
    let _ = fs::remove_dir_all(&folder);
    let (code, _, stderr) = run(&["man", "--into", folder.to_str().unwrap()], "");
    assert_eq!(code, 0, "{stderr}");
    assert!(folder.join("aegisctl.1").exists() && folder.join("aegisctl-rollout-undo.1").exists());
    let (code, _, stderr) = run(&["man", "--into", "Cargo.toml/man"], "");
    assert!(code == 1 && stderr.contains("cannot write the manual"), "{stderr}");
}

#[test]
fn kubectl_finds_it_as_a_command_of_its_own() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plugin");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let plugin = folder.join("kubectl-aegis");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aegisctl"), &plugin).unwrap();
    let help = std::process::Command::new(&plugin).args(["rollout", "undo", "--help"]).output().unwrap();
    let said = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(said.contains("Usage: kubectl aegis rollout undo"), "{said}");
}
