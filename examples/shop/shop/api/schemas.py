"""The shapes that go over the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from shop.catalogue import Item
from shop.models import Role, Status

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"
    ),
]


class OrderIn(BaseModel):
    """What a customer sends; a field we do not know is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")

    item: Item
    quantity: int = Field(default=1, ge=1, le=100)


class OrderOut(BaseModel):
    """What a customer sees."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_id: UUID | None
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


class CredentialsIn(BaseModel):
    """Who somebody says to be."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: SecretStr = Field(min_length=8, max_length=200)


class RefreshIn(BaseModel):
    """What was handed out with the last access token."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: str = Field(min_length=1, max_length=200)


class TokensOut(BaseModel):
    """The access token goes into `Authorization`, the other one back to us when that is over."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 the word that OAuth has for it
    expires_in: int
    refresh_token: str


class UserOut(BaseModel):
    """An account, as its owner sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    created_at: datetime
