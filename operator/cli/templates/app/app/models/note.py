{% if database %}
"""What somebody noted."""

from datetime import datetime
from uuid import UUID, uuid4

{% if auth %}
from sqlalchemy import ForeignKey
{% endif %}
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, now


class Note(Base):
    """A text{% if workers %}, and how many words it has{% endif %}."""

    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
{% if auth %}
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
{% endif %}
    text: Mapped[str]
{% if workers %}
    words: Mapped[int | None]
{% endif %}
    created_at: Mapped[datetime] = mapped_column(default=now)
{% endif %}
