{% if database %}
"""What every table shares."""

from datetime import UTC, datetime

from sqlalchemy import DateTime
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Times are stored with their zone."""

    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012 SQLAlchemy's own convention


def now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)
{% endif %}
