"""{{ title }}."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from {{ package }}.models.base import Base, now


class {{ class }}(Base):
    """One of {{ words }}."""

    __tablename__ = "{{ name }}"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
