"""The shapes that go over the wire."""

{% if database %}
from datetime import datetime
{% endif %}
{% if auth %}
from typing import Annotated, Literal
{% endif %}
{% if database %}
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field{% if auth %}, SecretStr, StringConstraints

from app.models import Role

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"
    ),
]{% endif %}

{% else %}
from pydantic import BaseModel
{% endif %}


class GreetingOut(BaseModel):
    """A greeting."""

    text: str
{% if database %}


class NoteIn(BaseModel):
    """What somebody notes; a field that is not known is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=10_000)


class NoteOut(BaseModel):
    """A note{% if workers %}; its words are counted by a worker, a moment later{% endif %}."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
{% if workers %}
    words: int | None
{% endif %}
    created_at: datetime
{% endif %}
{% if auth %}


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
    """An account, as its owner and admins see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    created_at: datetime
{% endif %}
