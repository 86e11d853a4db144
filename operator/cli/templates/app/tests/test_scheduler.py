{% if scheduler %}
"""The scheduler as its own process: it starts, beats, and ends at once."""

import os
import signal
import subprocess
import sys
import time

import pytest

from app.scheduler.__main__ import build


def test_every_job_is_planned_and_a_heartbeat():
    names = {job.id for job in build().get_jobs()}
    assert "{{ "forget_old_notes" if database else "greet_everybody" }}" in names
    assert len(names) > 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal(tmp_path, number):
    environment = os.environ | {"TMPDIR": str(tmp_path), "LOG_FORMAT": "JSON"}
    command = [sys.executable, "-m", "app"]
    with subprocess.Popen(
        [*command, "scheduler"], env=environment, stderr=subprocess.PIPE, text=True
    ) as scheduler:
        assert "scheduler_started" in scheduler.stderr.readline()
        probe = subprocess.run([sys.executable, "-m", "app.heartbeat"], env=environment)
        assert probe.returncode == 0

        began = time.monotonic()
        scheduler.send_signal(number)
        assert scheduler.wait(timeout=10) == 0
        assert time.monotonic() - began < 3  # 0.2 s, but tests may share a busy machine
{% endif %}
