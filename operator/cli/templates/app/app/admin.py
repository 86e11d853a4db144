{% if auth %}
"""The `admin` role: make the user with this address an admin, then end."""

import sys
from functools import partial

import structlog

from app import database, oneoff
from app.services import accounts


async def promote(email: str) -> None:
    """Say so; the user's next access token knows it."""
    async with database.transaction() as session:
        is_known = await accounts.promote(session, email)
    log = structlog.get_logger("app.admin")
    if not is_known:
        log.error("account_unknown", fix="register it first")
        raise SystemExit(1)
    log.info("account_promoted")


if __name__ == "__main__":
    oneoff.run("admin", partial(promote, sys.argv[1]))
{% endif %}
