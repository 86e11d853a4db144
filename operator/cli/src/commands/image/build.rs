//! `image build`: every base is there, pulled, or made; then the build; then the reference on stdout.

use std::fs;
use std::path::PathBuf;

use crate::args::Build;
use crate::builder::{BuildArg, Builder, Job};
use crate::dockerfile;
use crate::failure::Failure;
use crate::output::Output;
use crate::reference;
use crate::registry::Registries;
use crate::stand_in;

pub fn run(args: &Build, output: &Output) -> Result<(), Failure> {
    output.data(built(args, output)?);
    Ok(())
}

/// Builds it, and returns its reference.
pub fn built(args: &Build, output: &Output) -> Result<String, Failure> {
    let file = file(args)?;
    let text = fs::read_to_string(&file)
        .map_err(|error| Failure::new(format_args!("reading {}", file.display()), error, "name the Dockerfile with --file"))?;
    let values = args.build_args.iter().map(|arg| (arg.key.clone(), arg.value.clone())).collect();
    let bases = dockerfile::bases(&text, &values)?;
    let builder = Builder::find(args.with)?;
    let registries = Registries::default();
    let mut stands_on_stand_in = false;
    for base in &bases {
        stands_on_stand_in |= provide(&builder, &base.image, &registries, output)?;
    }
    output.step(format_args!("Building {} with {}", args.tag, builder.name()));
    let build_args: Vec<BuildArg> = args.build_args.iter().cloned().chain(proxies()).collect();
    let job = Job {
        tag: &args.tag,
        file: &file,
        context: &args.context,
        args: &build_args,
        host_network: stands_on_stand_in,
        mounts: dockerfile::has_mounts(&text),
    };
    builder.build(&job, output)?;
    let built = name(args, &builder)?;
    output.step(format_args!("{built} is built"));
    Ok(built)
}

fn file(args: &Build) -> Result<PathBuf, Failure> {
    if !args.context.is_dir() {
        return Err(Failure::new(
            format_args!("build context {}", args.context.display()),
            "it is not a folder",
            "give the folder that holds what the Dockerfile copies",
        ));
    }
    Ok(args.file.clone().unwrap_or_else(|| args.context.join("Dockerfile")))
}

/// Makes the base be there; true when it was made here, now or before.
fn provide(builder: &Builder, image: &str, registries: &Registries, output: &Output) -> Result<bool, Failure> {
    if let Some(labels) = builder.labels(image)? {
        let made_here = stand_in::is_one(&labels);
        if !made_here {
            return Ok(false);
        }
        if stand_in::is_current(image, &labels)? {
            output.note(format_args!("        {image} is a stand-in made here; pull it to build on the real one"));
            return Ok(true);
        }
    }
    let why = if registries.can_serve(image) {
        output.step(format_args!("Pulling {image}"));
        match builder.pull(image) {
            Ok(()) => return Ok(false),
            Err(refusal) => {
                registries.refused(image);
                format!("its registry refused it ({})", refusal.why.lines().last().unwrap_or_default())
            }
        }
    } else {
        format!("its registry {} does not answer", reference::split(image).0)
    };
    stand_in::make(builder, image, &why, output)?;
    Ok(true)
}

/// Builders know these arguments without an ARG, and leave them out of the image.
fn proxies() -> impl Iterator<Item = BuildArg> {
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
    names.into_iter().filter_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some(BuildArg { key: name.to_owned(), value })
    })
}

fn name(args: &Build, builder: &Builder) -> Result<String, Failure> {
    if !args.tag_by_content {
        return Ok(args.tag.clone());
    }
    let id = builder.id(&args.tag)?;
    let content = id.get(..12).unwrap_or(&id);
    let name = format!("{}:{content}", reference::name_and_tag(&args.tag).0);
    builder.tag(&args.tag, &name)?;
    Ok(name)
}
