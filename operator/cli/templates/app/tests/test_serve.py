"""How the server is run."""

import pytest
import uvicorn

from app import farewell, serve

DELAY_SECONDS, GRACE_SECONDS = 5, 30  # of an AegisApp's pods: stop.delaySeconds, stop.graceSeconds
LONGEST_IDLE_SECONDS = 90  # that widely used clients keep a connection for


@pytest.fixture
def asked(monkeypatch):
    """What uvicorn is asked for."""
    told = {}
    monkeypatch.setattr(uvicorn, "run", lambda _app, **options: told.update(options))
    serve.main({% if apart %}"webserver"{% endif %})
    return told


def test_idle_connections_are_given_up_by_clients_first(asked):
    assert asked["timeout_keep_alive"] > LONGEST_IDLE_SECONDS


def test_a_farewell_and_the_last_answers_are_within_the_grace_of_a_pod(asked):
    end = DELAY_SECONDS + farewell.PATIENCE_SECONDS + asked["timeout_graceful_shutdown"]
    assert end < GRACE_SECONDS
