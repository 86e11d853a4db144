"""Job {{ name }}."""

from {{ package }}.scheduler.__main__ import build
from {{ package }}.scheduler.jobs import {{ name }}


def test_it_is_planned():
    assert "{{ name }}" in {job.id for job in build().get_jobs()}


async def test_it_is_done(caplog):
    await {{ name }}.run()
    assert "{{ name }}_done" in caplog.text
