//! `publish`: a manifest becomes an object in S3 that is named by its digest, and so never changes. Printed is the reference to it.

use aegis_crds::manifest::Source;
use aegis_crds::manifest::source::S3Ref;
use aegis_s3::{Store, Trouble, Written, digest};
use serde_json::json;

use crate::args::publish::{Publish, ReferenceFormat};
use crate::check::source::sources;
use crate::connection::block_on;
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::written;

pub fn run(args: &Publish, output: &Output) -> Result<(), Failures> {
    let found = sources(std::slice::from_ref(&args.file)).map_err(Failures)?;
    let [source] = found.as_slice() else {
        let fix = format!("name one file, such as {}", aegis_crds::manifest::FILE);
        return Err(Failure::new(args.file.display(), "it is not one manifest", fix).into());
    };
    let project = written::project(source, args.env.as_deref())?;
    let pinned = digest(&source.text);
    let name = format!("{project}/{}.json", pinned.trim_start_matches("sha256:"));
    let object = args.to.object(&name, args.region.clone());
    let store = Store::default();
    let written = block_on(put(&store, &object, &source.text, &pinned))??;
    let done = if written == Written::Created { "published" } else { "is there already, with the same content" };
    output.note(format_args!("{object} {done}"));
    let reference = Source { s3: Some(object), digest: Some(pinned), environment: args.env.clone(), ..Source::default() };
    let patch = json!({"spec": {"manifest": reference}});
    output.data(match args.output {
        ReferenceFormat::Yaml => crate::yaml::text(&patch).trim_end().to_owned(),
        ReferenceFormat::Json => serde_json::to_string_pretty(&patch).expect("a reference is writable as JSON"),
    });
    output.note(format_args!("Next: put it into the AegisApp, or kubectl patch aegisapp {project} --type merge --patch-file FILE-WITH-IT"));
    Ok(())
}

/// Nothing that is there is written over; what is there must be the same.
async fn put(store: &Store, object: &S3Ref, text: &str, pinned: &str) -> Result<Written, Failure> {
    let written = store.write(object, text).await.map_err(|trouble| failure(object, "written", &trouble))?;
    if written == Written::Kept {
        let there = store.read(object).await.map_err(|trouble| failure(object, "read back", &trouble))?;
        if digest(&there) != pinned {
            let why = format!("an object is there whose content has {}, not {pinned}", digest(&there));
            return Err(Failure::new(object, why, "somebody else wrote it: publish to another bucket or prefix, or find out who"));
        }
    }
    Ok(written)
}

/// The trouble with an object, and what to do about it.
fn failure(object: &S3Ref, done: &str, trouble: &Trouble) -> Failure {
    let fix = match trouble {
        Trouble::NoBucket => "make the bucket, or name another with --to",
        Trouble::NoObject => "publish it again: somebody deleted it meanwhile",
        Trouble::Denied(_) => "ask for s3:PutObject and s3:GetObject on it, or choose another identity: AWS_PROFILE",
        Trouble::NoIdentity(_) => "log in to AWS, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        Trouble::NoRegion => "name it: --region REGION, or AWS_REGION",
        Trouble::TooLarge(_) | Trouble::NotText => "publish a manifest, which is shorter and text",
        Trouble::Silent(_) | Trouble::Unreachable(_) | Trouble::Broken(_) => {
            "see whether S3 can be reached from here; AWS_ENDPOINT_URL names another address than Amazon's"
        }
        Trouble::Refused { .. } => "see what the server says; AWS_REGION and AWS_ENDPOINT_URL name another one",
    };
    Failure::new(format_args!("{object} could not be {done}"), trouble, fix)
}
