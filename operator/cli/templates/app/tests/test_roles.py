"""The entrypoint, the settings and the logs of every role."""

import json
import logging
import os
import sys

import pytest
import structlog

from app import __main__ as entrypoint
{% if scheduler %}
from app import heartbeat
{% endif %}
{% if database %}
from app.database import async_url
{% endif %}
from app.settings import settings
from app.telemetry.logs import configure_logging


@pytest.mark.parametrize(
    ("arguments", "module"),
    [
        (["webserver"], "app.serve"),
{% if apart %}
        (["frontend"], "app.serve"),
{% endif %}
{% if workers %}
        (["worker", "default"], "app.workers"),
{% endif %}
{% if scheduler %}
        (["scheduler"], "app.scheduler"),
{% endif %}
{% if database %}
        (["migrate"], "alembic"),
{% endif %}
{% if auth %}
        (["admin", "ada@example.com"], "app.admin"),
{% endif %}
    ],
)
def test_a_role_replaces_the_process(monkeypatch, arguments, module):
    ran = []
    monkeypatch.setattr(sys, "argv", ["app", *arguments])
    monkeypatch.setattr(os, "execvp", lambda file, command: ran.append((file, command)))
    entrypoint.main()
    ((file, command),) = ran
    assert file == command[0] == sys.executable
    assert command[1:3] == ["-m", module]


@pytest.mark.parametrize("arguments", [[], ["shell"], ["worker"], ["worker", "mail"], ["admin"]])
def test_an_unknown_role_is_refused(arguments):
    with pytest.raises(SystemExit, match=r"no (role|queue) called"):
        entrypoint.module(arguments)


def test_a_bad_setting_is_named(environment, capsys):
    environment(LOG_LEVEL="LOUD")
    with pytest.raises(SystemExit, match="1"):
        settings()
    assert capsys.readouterr().err.startswith("settings: LOG_LEVEL: ")
{% if auth %}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"JWT_ISSUER": "https://app"}, "JWT_AUDIENCES and JWT_JWKS_FILE"),
        ({"JWT_SIGNING_KEY_ID": "k1"}, "JWT_ISSUER and JWT_AUDIENCES and JWT_JWKS_FILE"),
    ],
)
def test_half_of_the_token_settings_is_refused(environment, capsys, given, missing):
    environment(**given)
    with pytest.raises(SystemExit, match="1"):
        settings()
    assert f"{missing} must be set, too" in capsys.readouterr().err
{% endif %}
{% if database %}


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("sqlite+aiosqlite:///app.db", "sqlite+aiosqlite:///app.db"),
    ],
)
def test_common_database_urls_are_understood(given, used):
    assert async_url(given).render_as_string(hide_password=False) == used
{% endif %}
{% if scheduler %}


def test_the_heartbeat_tells_missing_fresh_and_stale(tmp_path):
    file = tmp_path / "heartbeat"
    assert "not started" in heartbeat.complaint(file)
    heartbeat.beat(file)
    assert heartbeat.complaint(file) is None
    os.utime(file, (0, 0))
    assert "hangs" in heartbeat.complaint(file)
{% endif %}


def test_library_lines_are_json_too(environment, capsys):
    environment(LOG_FORMAT="JSON", AEGIS_APP="shop", AEGIS_ROLE="api", AEGIS_RELEASE="1.4.2")
    configure_logging()
    logging.getLogger("uvicorn.error").info("started")
    structlog.get_logger("app.test").info("placed", order=1)
    lines = list(map(json.loads, capsys.readouterr().err.splitlines()))
    for line in lines:
        assert (line["app"], line["role"], line["release"]) == ("shop", "api", "1.4.2")
    theirs, ours = lines
    assert theirs["event"] == "started"
    assert (ours["event"], ours["order"]) == ("placed", 1)


@pytest.mark.parametrize("form", ["JSON", "Text"])
def test_a_traceback_shows_no_variable(environment, capsys, form):
    environment(LOG_FORMAT=form)
    configure_logging()
    password = "hunter" + "2"
    try:
        raise ValueError(f"{len(password)} letters")
    except ValueError:
        logging.getLogger("any").exception("failed")
    line = capsys.readouterr().err
    assert "ValueError: 7 letters" in line
    assert password not in line
