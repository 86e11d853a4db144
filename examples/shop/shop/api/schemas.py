"""The shapes that go over the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shop.catalogue import Item
from shop.models import Status


class OrderIn(BaseModel):
    """What a customer sends; a field we do not know is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")

    item: Item
    quantity: int = Field(default=1, ge=1, le=100)


class OrderOut(BaseModel):
    """What a customer sees."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    item: str
    quantity: int
    status: Status
    total_cents: int | None
    receipt: str | None
    created_at: datetime
    fulfilled_at: datetime | None


class ReportOut(BaseModel):
    """Counts over all orders at one moment."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    orders: int
    pending: int
    fulfilled: int
    expired: int
    revenue_cents: int
    created_at: datetime
