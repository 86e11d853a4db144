"""An order, from the click to the receipt."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.models.base import Base, now


class Status(StrEnum):
    """An order leaves `pending` exactly once."""

    PENDING = "pending"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"


class Order(Base):
    """One customer wants some pieces of one item."""

    __tablename__ = "orders"
    __table_args__ = (Index("ix_orders_status_created_at", "status", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    item: Mapped[str] = mapped_column(String(64))
    quantity: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default=Status.PENDING)
    total_cents: Mapped[int | None]
    receipt: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    fulfilled_at: Mapped[datetime | None]
