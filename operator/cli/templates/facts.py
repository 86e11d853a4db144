"""What the code of an app says of itself, as JSON on stdout.

Run in the app's folder by the app's own Python, with what is asked for as JSON in the first argument.
"""

import importlib.util
import json
import os
import pkgutil
import sys
from pathlib import Path
from typing import get_args

answer, sys.stdout = sys.stdout, sys.stderr  # what the app prints is no answer
sys.path.insert(0, os.getcwd())
asked = json.loads(sys.argv[1])


def modules(package):
    """Import a package and what is in it."""
    found = importlib.import_module(package)
    yield found
    for module in sorted(m.name for m in pkgutil.iter_modules(getattr(found, "__path__", []))):
        if not module.startswith("__"):
            yield importlib.import_module(f"{package}.{module}")


def parent(module):
    """Return the package that a module is in, or itself where it is one."""
    return module if hasattr(importlib.import_module(module), "__path__") else module.rpartition(".")[0]


def api(module):
    """Routers, and what OpenAPI says."""
    from fastapi import APIRouter

    made = importlib.import_module(module)
    app = made.create_app() if hasattr(made, "create_app") else made.app
    routers = [
        part.__name__
        for part in modules(parent(module))
        if any(isinstance(value, APIRouter) for value in vars(part).values())
    ]
    operations = [
        f"{method.upper()} {path}"
        for path, methods in sorted(app.openapi()["paths"].items())
        for method in sorted(methods)
    ]
    return {"openAPI": app.openapi_url, "routers": sorted(routers), "operations": operations}


def views(module):
    """Return the modules with views, where they have a folder."""
    package = f"{parent(module)}.views"
    if importlib.util.find_spec(package) is None:
        return None
    return [part.__name__ for part in modules(package) if part.__name__ != package]


def actors(module):
    """Return name, queue and time limit of every task of a pool."""
    made = list(modules(module))
    names = {part.__name__ for part in made}
    if "taskiq" in sys.modules and hasattr(made[0].broker, "get_all_tasks"):
        tasks = made[0].broker.get_all_tasks().values()
        return [{"name": t.task_name} for t in tasks if t.original_func.__module__ in names]
    if "dramatiq" in sys.modules:
        import dramatiq

        found = [a for a in dramatiq.get_broker().actors.values() if a.fn.__module__ in names]
        return [
            {"name": a.actor_name, "queue": a.queue_name}
            | ({"timeLimitSeconds": a.options["time_limit"] // 1000} if a.options.get("time_limit") else {})
            for a in found
        ]
    if hasattr(made[0], "TASKS"):  # arq, as aegisctl init has it: one module per task
        return [{"name": task.__name__.rpartition(".")[2]} for task in made[0].TASKS]
    functions = made[0].WorkerSettings.functions
    return [{"name": getattr(f, "name", None) or f.__name__} for f in functions]


def jobs(module):
    """Return the names of a scheduler's jobs; those that nobody named are the process's own."""
    try:
        made = importlib.import_module(f"{module}.__main__")
    except ModuleNotFoundError:
        made = importlib.import_module(module)
    names = [job.id for job in made.build().get_jobs()]
    return sorted(name for name in names if not is_made_up(name))


def is_made_up(name):
    """APScheduler calls a job that nobody named by 32 hexadecimal digits."""
    return len(name) == 32 and set(name) <= set("0123456789abcdef")


def settings(module):
    """Return every variable that pydantic's settings read."""
    from pydantic_core import PydanticUndefined
    from pydantic_settings import BaseSettings

    made, found = importlib.import_module(module), {}
    for value in vars(made).values():
        if not (isinstance(value, type) and issubclass(value, BaseSettings)) or value is BaseSettings:
            continue
        prefix = value.model_config.get("env_prefix", "")
        for name, field in value.model_fields.items():
            alias = field.validation_alias
            env = (alias if isinstance(alias, str) else prefix + name).upper()
            kinds = {bool: "boolean", int: "integer", float: "number"}
            those = (field.annotation, *get_args(field.annotation))
            default = None if field.default in (None, PydanticUndefined) else field.default
            scalar = default if isinstance(default, (str, int, float)) else None
            text = str(scalar).lower() if isinstance(scalar, bool) else None if scalar is None else str(scalar)
            found[env] = {
                "env": env,
                "type": next((kinds[kind] for kind in those if kind in kinds), "string"),
                "required": field.is_required(),
                "default": text,
            }
    return sorted(found.values(), key=lambda setting: setting["env"])


def heads(ini):
    """Return the newest revisions of the schema."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    return sorted(ScriptDirectory.from_config(Config(Path(ini))).get_heads())


LOOKS = {"api": api, "views": views, "actors": actors, "jobs": jobs, "settings": settings, "heads": heads}
facts = []
for look, subject in asked:
    try:
        facts.append({"is": LOOKS[look](subject)})
    except (Exception, SystemExit) as error:
        facts.append({"error": f"{type(error).__name__}: {error}"})
json.dump(facts, answer)
answer.flush()
os._exit(0)  # what the app has begun is not waited for
