# Runs a command over the newest source in a folder, and again over each next one: dev.py FOLDER COMMAND...
# "newest" in the folder is a link to the folder of a source; whoever sends one moves it.
import os, signal, subprocess, sys, time

place, command = sys.argv[1], sys.argv[2:]
asked = []
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, lambda number, frame: asked.append(number))


def newest():
    try:
        return os.readlink(os.path.join(place, "newest"))
    except OSError:
        return None


def say(text):
    print("aegis dev:", text, file=sys.stderr, flush=True)


def begin(source):
    root = os.path.join(place, source)
    path = [root, os.path.join(root, "src"), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    # who reads the log is at a terminal, or takes the colours out
    own["FORCE_COLOR"] = "1"
    return subprocess.Popen(command, cwd=root, env={**os.environ, **own}, start_new_session=True)


def end(process):
    process.send_signal(asked[0] if asked else signal.SIGTERM)
    try:
        # who ends the pod waits as long as the role may take
        process.wait(None if asked else 2)
    except subprocess.TimeoutExpired:
        clear(process)
        process.wait()


def clear(process):
    # what it began would keep its port
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


say("waits for the source")
pause = 1
while not asked:
    source = newest()
    if source is None:
        time.sleep(0.1)
        continue
    process = begin(source)
    began = time.monotonic()
    while process.poll() is None and newest() == source and not asked:
        time.sleep(0.1)
    is_running = process.returncode is None
    if is_running:
        end(process)
    clear(process)
    if is_running:
        if asked:
            sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)
        pause = 1
        continue
    pause = 1 if time.monotonic() - began > 30 else min(pause * 2, 30)
    say(f"the process ended with {process.returncode}; it begins again with the next source, or in {pause} s")
    again = time.monotonic() + pause
    while newest() == source and time.monotonic() < again and not asked:
        time.sleep(0.1)
