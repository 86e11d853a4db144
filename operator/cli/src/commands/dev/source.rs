//! The files of a project: which there are, what changed, and all of them in one archive. It sends nothing.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use ignore::{DirEntry, WalkBuilder};
use sha2::{Digest, Sha256};
use tar::{Builder, Header};

use crate::failure::Failure;

/// More is no source: what it is made of stands in the image.
const LARGEST: u64 = 32 << 20;
/// What tools leave behind, named in a .gitignore or not.
const MADE: [&str; 3] = ["__pycache__", "node_modules", "venv"];
/// What images are made of besides the source.
const INGREDIENTS: [&str; 10] = [
    "Dockerfile",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "alembic.ini",
    "package.json",
    "package-lock.json",
];
/// Folders whose files a migration runs, which runs once for each image.
const MIGRATIONS: [&str; 2] = ["migrations", "alembic"];

/// The files as they are at one moment.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tree(BTreeMap<PathBuf, (SystemTime, u64)>);

/// All files, and what tells them from others.
#[derive(Clone)]
pub struct Source {
    pub digest: String,
    pub archive: Arc<[u8]>,
}

impl Tree {
    /// The files below a folder, but for hidden ones, those that a .gitignore names, and what we print into: each change told there
    /// would be one that is told.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let printed = ["/dev/stdout", "/dev/stderr"].map(|stream| fs::metadata(stream).ok().as_ref().map(identity));
        Self::besides(folder, &printed.into_iter().flatten().collect::<Vec<_>>())
    }

    fn besides(folder: &Path, printed: &[(u64, u64)]) -> Result<Self, Failure> {
        let is_source = |entry: &DirEntry| !MADE.iter().any(|made| entry.file_name() == *made);
        let walk = WalkBuilder::new(folder).require_git(false).follow_links(true).filter_entry(is_source).build();
        // what goes while one looks is a change that is seen next time
        let files = walk.filter_map(Result::ok).filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(|metadata| metadata.is_file() && !printed.contains(&identity(metadata)))?;
            let path = entry.path().strip_prefix(folder).ok()?.to_owned();
            Some((path, (metadata.modified().ok()?, metadata.len())))
        });
        let tree = Self(files.collect());
        let size: u64 = tree.0.values().map(|(_, size)| size).sum();
        if tree.0.is_empty() {
            let what = format!("{} has no files", folder.display());
            return Err(Failure::new(what, "it is empty, hidden or ignored", "name the folder of the project"));
        }
        if size <= LARGEST { Ok(tree) } else { Err(tree.too_large(folder, size)) }
    }

    fn too_large(&self, folder: &Path, size: u64) -> Failure {
        let largest = self.0.iter().max_by_key(|(_, (_, size))| *size).map(|(path, _)| path.display().to_string()).unwrap_or_default();
        let why = format!(
            "its {} files have {} MiB, and {} MiB are sent at most; the largest is {largest}",
            self.0.len(),
            size >> 20,
            LARGEST >> 20
        );
        Failure::new(
            format_args!("{} is too large to be sent", folder.display()),
            why,
            "name what is no source in .gitignore or .ignore; or use --rebuild",
        )
    }

    /// Files that came, went or changed.
    pub fn changed(&self, before: &Self) -> Vec<PathBuf> {
        let moved = |one: &Self, other: &Self| {
            let differs = |(path, state): &(&PathBuf, &(SystemTime, u64))| other.0.get(*path) != Some(*state);
            one.0.iter().filter(differs).map(|(path, _)| path.clone()).collect::<Vec<_>>()
        };
        let mut all = [moved(self, before), moved(before, self)].concat();
        all.sort();
        all.dedup();
        all
    }

    /// The files in an archive.
    pub fn source(&self, folder: &Path) -> io::Result<Source> {
        let (mut builder, mut digest) = (Builder::new(vec![]), Sha256::new());
        for path in self.0.keys() {
            let content = fs::read(folder.join(path))?;
            let metadata = fs::metadata(folder.join(path))?;
            let mode = if metadata.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            let mut header = Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(mode);
            header.set_mtime(metadata.modified()?.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs()));
            builder.append_data(&mut header, path, content.as_slice())?;
            digest.update(path.as_os_str().as_encoded_bytes());
            digest.update([0]);
            digest.update(mode.to_le_bytes());
            digest.update(content.len().to_le_bytes());
            digest.update(content);
        }
        let digest = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(Source { digest, archive: builder.into_inner()?.into() })
    }
}

/// Whether an image is to be built when that file changes.
pub fn is_ingredient(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_list = name.starts_with("requirements") && name.ends_with(".txt");
    let is_migration =
        path.parent().into_iter().flat_map(Path::components).any(|step| MIGRATIONS.iter().any(|folder| step.as_os_str() == *folder));
    INGREDIENTS.contains(&name.as_ref()) || is_list || is_migration
}

/// What a file is, whatever it is called.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, which goes with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("aegis-dev-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn write(&self, path: &str, content: &str) -> &Self {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }

        fn digest(&self) -> String {
            Tree::of(&self.0).unwrap().source(&self.0).unwrap().digest
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_is_made_hidden_or_ignored_is_no_source() {
        let folder = Folder::new("ignored");
        for path in ["shop/a.py", "shop/__pycache__/a.pyc", ".venv/x.py", "node_modules/x.js", "notes/x.md", "shop/note.log"] {
            folder.write(path, "x");
        }
        folder.write(".gitignore", "notes/\n*.log\n");
        let tree = Tree::of(&folder.0).unwrap();
        assert_eq!(tree.changed(&Tree::default()), [PathBuf::from("shop/a.py")]);
    }

    #[test]
    fn what_the_program_itself_prints_into_is_no_source() {
        let folder = Folder::new("printed");
        folder.write("a.py", "1").write("dev.out", "it runs");
        let printed = identity(&fs::metadata(folder.0.join("dev.out")).unwrap());
        let tree = Tree::besides(&folder.0, &[printed]).unwrap();
        assert_eq!(tree.changed(&Tree::default()), [PathBuf::from("a.py")]);
    }

    #[test]
    fn a_file_that_came_went_or_changed_is_told() {
        let folder = Folder::new("changed");
        let before = Tree::of(&folder.write("a.py", "1").write("b.py", "1").0).unwrap();
        fs::remove_file(folder.0.join("b.py")).unwrap();
        let after = Tree::of(&folder.write("a.py", "12").write("c/d.py", "1").0).unwrap();
        assert_eq!(after.changed(&before), ["a.py", "b.py", "c/d.py"].map(PathBuf::from));
        assert_eq!(after.changed(&after), [] as [PathBuf; 0]);
    }

    #[test]
    fn a_source_is_another_by_its_names_content_and_rights_alone() {
        let folder = Folder::new("digest");
        let first = folder.write("a.py", "1").digest();
        assert_eq!(folder.write("a.py", "1").digest(), first, "it was only written again");
        let second = folder.write("a.py", "2").digest();
        assert_ne!(second, first);
        fs::set_permissions(folder.0.join("a.py"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_ne!(folder.digest(), second);
    }

    #[test]
    fn what_an_image_is_made_of_is_known() {
        for path in ["Dockerfile", "uv.lock", "requirements-dev.txt", "shop/migrations/versions/1.py", "alembic/env.py"] {
            assert!(is_ingredient(Path::new(path)), "{path}");
        }
        for path in ["shop/api.py", "notes/requirements.md", "migrations.py"] {
            assert!(!is_ingredient(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn too_much_is_refused_with_the_largest_file() {
        let folder = Folder::new("large");
        fs::File::create(folder.write("a.py", "1").0.join("data.bin")).unwrap().set_len(LARGEST).unwrap();
        let failure = Tree::of(&folder.0).unwrap_err();
        assert!(failure.why.ends_with("the largest is data.bin"), "{}", failure.why);
    }
}
