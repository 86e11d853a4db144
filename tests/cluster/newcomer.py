"""An agent that is new to an app: adds an endpoint, a task and a schedule, and deploys them.

It reads the JSON Schema of manifests, the app's manifest and what aegisctl prints as JSON; nothing else of the app is opened.
usage: newcomer.py SCHEMA IMAGE CLUSTER NAMESPACE, in the app's folder
"""

import json
import subprocess
import sys
from pathlib import Path

schema_path, image, cluster, namespace = sys.argv[1:]
PARTS = {"add-route": "bills", "add-actor": "send_bill", "add-job": "remind"}


def run(*words: str) -> str:
    """Run a command; what it prints is its answer."""
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def known(*steps: str) -> None:
    """Make sure that a manifest has such a part."""
    part = schema
    for step in steps:
        part = part.get("items", part)["properties"][step]


def is_below(path: str, places: list[str]) -> bool:
    """Whether a path is one of the places, or in one."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


schema = json.loads(Path(schema_path).read_text())
manifest_file = "aegis_manifest.json"
manifest = json.loads(Path(manifest_file).read_text())
for field in ("goal", "files", "steps", "gates"):
    known("agent", "tasks", field)
known("agent", "approvals", "change")
known("commands")
agent = manifest["agent"]
tasks = {task["name"]: task for task in agent["tasks"]}
forbidden = agent["doNotEdit"] + [approval["change"] for approval in agent["approvals"]]

for task_name, part in PARTS.items():
    task = tasks[task_name]
    step = next(step for step in task["steps"] if step.startswith("aegisctl generate"))
    words = [word.replace("NAME", part) for word in step.split()]
    planned = json.loads(run(*words, "--dry-run", "-o", "json"))
    for change in planned["changes"]:
        path = change["path"]
        if not is_below(path, [*task["files"], manifest_file]) or is_below(path, forbidden):
            raise SystemExit(f"{task_name} would touch {path}, which is not its own")
    done = json.loads(run(*words, "-o", "json"))
    if done["changes"] != planned["changes"]:
        raise SystemExit(f"{task_name} did not do what was planned")

for gate in sorted({gate for name in PARTS for gate in tasks[name]["gates"]}):
    run(*manifest["commands"][gate])

if json.loads(run("aegisctl", "manifest", "check", "-o", "json"))["differences"]:
    raise SystemExit("the manifest does not say what the code says")
if json.loads(run("aegisctl", "validate", manifest_file, "-o", "json"))["problems"]:
    raise SystemExit("the manifest has problems")
built = run("aegisctl", "image", "build", "-t", image, "--tag-by-content", ".").strip()
run("aegisctl", "cluster", "load", "--name", cluster, built)
those = [manifest_file, "--env", "dev", "--image", built, "-n", namespace]
plan = json.loads(run("aegisctl", "plan", *those, "-o", "json"))
(app,) = plan["apps"]
run("aegisctl", "deploy", "-f", *those, "--plan", app["digest"])
print(json.dumps({"endpoint": "/api/bills", "task": "send_bill", "schedule": "remind"}))
