//! Makes a base's root file system with debootstrap and keeps it as an archive in the cache. It imports nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::family::Family;
use super::trust::{self, Trust};
use crate::cache;
use crate::failure::Failure;
use crate::output::Output;
use crate::process::{self, LONG, SHORT};

/// What no program reads at run time; Debian's own slim image leaves out the same.
const NOT_NEEDED: [&str; 10] = [
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/share/linda",
    "var/cache/apt",
    "var/lib/apt/lists",
    "var/log",
    "var/cache/debconf",
];

/// What stands in the official images for the same reasons: later installs stay small and start no daemon.
const DPKG: &str = "force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n\
                    path-exclude=/usr/share/info/*\npath-exclude=/usr/share/locale/*\n";
const APT: &str = "Acquire::Languages \"none\";\nAPT::AutoRemove::SuggestsImportant \"false\";\n\
                   Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n";
const POLICY: &str = "#!/bin/sh\nexit 101\n";

/// The archive of this family; made when the cache does not have it.
pub fn archive(family: &Family, trust: &Trust, output: &Output) -> Result<PathBuf, Failure> {
    let folder = cache::bases();
    cache::folder(&folder)?;
    let name = format!("{}-{}-{}", family.name, family.suite, trust.key(family));
    let archive = folder.join(format!("{name}.tar"));
    // Two builds at once would make it twice; the second waits and finds it.
    let lock = folder.join(".lock");
    let held = File::create(&lock).map_err(|error| cache::unwritable(&lock, &error))?;
    held.lock().map_err(|error| cache::unwritable(&lock, &error))?;
    if archive.exists() {
        return Ok(archive);
    }
    let root = folder.join(format!("{name}.making"));
    remove(&root)?;
    let made = make(family, trust, &root, &archive, output);
    remove(&root)?;
    made.map(|()| archive)
}

fn make(family: &Family, trust: &Trust, root: &Path, archive: &Path, output: &Output) -> Result<(), Failure> {
    debootstrap(family, trust, root, output)?;
    output.step("Finishing the root file system");
    furnish(family, trust, root)?;
    let unfinished = archive.with_extension("unfinished");
    let mut tar = process::command(Path::new("tar"));
    tar.args(["--numeric-owner", "--exclude=./dev/*", "--exclude=./proc/*", "--exclude=./sys/*", "-C"]);
    tar.arg(root).arg("-cf").arg(&unfinished).arg(".");
    process::stdout(&mut tar, LONG, "free some disk space")?;
    forget_older(family, archive)?;
    fs::rename(&unfinished, archive).map_err(|error| cache::unwritable(archive, &error))
}

/// Archives of an older recipe or trust are never asked for again.
fn forget_older(family: &Family, archive: &Path) -> Result<(), Failure> {
    let beginning = format!("{}-{}-", family.name, family.suite);
    for entry in fs::read_dir(archive.parent().unwrap_or(archive)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&beginning) && name.ends_with(".tar") {
            fs::remove_file(entry.path()).map_err(|error| cache::unwritable(&entry.path(), &error))?;
        }
    }
    Ok(())
}

fn debootstrap(family: &Family, trust: &Trust, root: &Path, output: &Output) -> Result<(), Failure> {
    let what = "making a root file system";
    let Some(program) = process::find("debootstrap") else {
        return Err(Failure::new(what, "debootstrap is not installed", "as root: apt-get install debootstrap"));
    };
    // The owner of /proc/self is who we are.
    if fs::metadata("/proc/self").map_or(1, |this| this.uid()) != 0 {
        return Err(Failure::new(what, "debootstrap needs root", "run this command as root, or load the base image"));
    }
    let packages = cache::root().join("debs");
    cache::folder(&packages)?;
    let mut command = process::command(&program);
    command.arg("--variant=minbase").arg(format!("--include={}", family.packages.join(",")));
    command.arg(format!("--cache-dir={}", packages.display())).arg(family.suite).arg(root).arg(&trust.mirror);
    let mut child = process::spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let said = child.stdout.take().map(|stdout| follow(stdout, output)).unwrap_or_default();
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Failure::new(
            format_args!("debootstrap {} from {}", family.suite, trust.mirror),
            process::tail(&said, 6),
            "see that the Debian mirror answers; another one: AEGIS_DEBIAN_MIRROR=http://...",
        )),
    }
}

/// Tells each phase once: `I: Retrieving bash 5.2` and its like are many.
fn follow(stdout: impl Read, output: &Output) -> String {
    let (mut said, mut phase) = (String::new(), String::new());
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let word = line.strip_prefix("I: ").and_then(|line| line.split_whitespace().next()).unwrap_or_default();
        if matches!(word, "Retrieving" | "Extracting" | "Unpacking" | "Configuring") && word != phase {
            output.step(format_args!("{word} Debian packages"));
            word.clone_into(&mut phase);
        }
        said.push_str(&line);
        said.push('\n');
    }
    said
}

fn furnish(family: &Family, trust: &Trust, root: &Path) -> Result<(), Failure> {
    for path in NOT_NEEDED {
        empty(&root.join(path))?;
    }
    write(root, "etc/dpkg/dpkg.cfg.d/small", DPKG.as_bytes())?;
    write(root, "etc/apt/apt.conf.d/small", APT.as_bytes())?;
    write(root, "etc/apt/apt.conf.d/reach", trust.apt.as_bytes())?;
    write(root, "etc/apt/sources.list", sources(family, trust).as_bytes())?;
    write(root, "usr/sbin/policy-rc.d", POLICY.as_bytes())?;
    set_mode(&root.join("usr/sbin/policy-rc.d"), 0o755)?;
    for (name, certificate) in &trust.added {
        write(root, &format!("{}/{name}", trust::ADDED), certificate)?;
    }
    if !trust.bundle.is_empty() {
        write(root, trust::BUNDLE, &trust.bundle)?;
    }
    if family.has_python() { python(root) } else { Ok(()) }
}

/// As in the official image: the commands in /usr/local/bin, and pip may install beside the packages.
fn python(root: &Path) -> Result<(), Failure> {
    let bin = root.join("usr/local/bin");
    for (name, target) in [
        ("python", "/usr/bin/python3.11"),
        ("python3", "/usr/bin/python3.11"),
        ("python3.11", "/usr/bin/python3.11"),
        ("pip", "/usr/bin/pip3"),
        ("pip3", "/usr/bin/pip3"),
    ] {
        link(target, &bin.join(name))?;
    }
    let library = root.join("usr/local/lib/python3.11");
    cache::folder(&library.join("dist-packages"))?;
    // Dockerfiles copy site-packages between stages; Debian calls that folder dist-packages.
    link("dist-packages", &library.join("site-packages"))?;
    // pip's and setuptools' bytecode is 11 MB that only building uses; the standard library's stays,
    // because on a read-only root every start would compile it again.
    forget_bytecode(&root.join("usr/lib/python3/dist-packages"))?;
    let managed = root.join("usr/lib/python3.11/EXTERNALLY-MANAGED");
    fs::remove_file(&managed).map_err(|error| cache::unwritable(&managed, &error))
}

fn forget_bytecode(folder: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name() == "__pycache__" {
            fs::remove_dir_all(&path).map_err(|error| cache::unwritable(&path, &error))?;
        } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            forget_bytecode(&path)?;
        }
    }
    Ok(())
}

fn sources(family: &Family, trust: &Trust) -> String {
    let (mirror, suite) = (&trust.mirror, family.suite);
    let security = mirror.strip_suffix("/debian").map(|host| format!("{host}/debian-security"));
    let security = security.unwrap_or_else(|| "http://deb.debian.org/debian-security".to_owned());
    format!("deb {mirror} {suite} main\ndeb {mirror} {suite}-updates main\ndeb {security} {suite}-security main\n")
}

fn write(root: &Path, path: &str, content: &[u8]) -> Result<(), Failure> {
    let path = root.join(path);
    cache::folder(path.parent().unwrap_or(root))?;
    let written = File::create(&path).and_then(|mut file| file.write_all(content));
    written.map_err(|error| cache::unwritable(&path, &error))
}

fn link(target: &str, path: &Path) -> Result<(), Failure> {
    symlink(target, path).map_err(|error| cache::unwritable(path, &error))
}

fn set_mode(path: &Path, mode: u32) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|error| cache::unwritable(path, &error))
}

fn empty(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| cache::unwritable(folder, &error))?;
        cache::folder(folder)?;
    }
    Ok(())
}

/// Removes a root file system; one that debootstrap left half made may still have /proc mounted in it.
fn remove(root: &Path) -> Result<(), Failure> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let below = mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(|at| Path::new(at).starts_with(root));
    for mount in below.collect::<Vec<_>>().into_iter().rev() {
        process::stdout(process::command(Path::new("umount")).arg(mount), SHORT, "unmount it by hand")?;
    }
    if root.exists() {
        fs::remove_dir_all(root).map_err(|error| cache::unwritable(root, &error))?;
    }
    Ok(())
}
