"""Who asks, as far as a request says so."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import ColumnElement, true

from shop.models import Order, Role
from shop.settings import settings


@dataclass(frozen=True)
class Caller:
    """A user, or somebody who did not say."""

    user_id: UUID | None
    is_admin: bool

    def may_see(self, order: Order) -> bool:
        """Everybody sees their own orders; what nobody owns is for those who do not say."""
        return self.is_admin or order.user_id == self.user_id

    def visible(self) -> ColumnElement[bool]:
        """Say the same to the database."""
        return true() if self.is_admin else Order.user_id.is_not_distinct_from(self.user_id)


ANONYMOUS = Caller(None, is_admin=False)
ANYBODY = Caller(None, is_admin=True)  # where nobody can log in, nothing is kept from anybody
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def refused(reason: str) -> HTTPException:
    """Ask for a login; a token that is given and wrong is never taken for none."""
    described = f'Bearer error="invalid_token", error_description="{reason}"'
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, reason, headers={"WWW-Authenticate": described}
    )


async def _caller(bearer: Bearer) -> Caller:
    if not settings().has_accounts:
        return ANYBODY
    if bearer is None:
        return ANONYMOUS
    # The library costs memory: only a shop with accounts has it.
    from shop.auth import keys, tokens

    try:
        identity = tokens.check(bearer.credentials)
    except tokens.TokenRefusedError as error:
        raise refused(f"The token is refused: {error}.") from error
    except keys.KeysUnreadableError as error:
        detail = "No token can be checked now: the keys cannot be read."
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, detail) from error
    return Caller(identity.user_id, is_admin=identity.role == Role.ADMIN)


Asking = Annotated[Caller, Depends(_caller)]


async def admin(caller: Asking) -> None:
    """Let an admin pass."""
    if caller.is_admin:
        return
    if caller.user_id is None:
        raise refused("This is for admins: log in.")
    raise HTTPException(status.HTTP_403_FORBIDDEN, "This is for admins, and you are none.")


async def user(caller: Asking) -> UUID:
    """Let whoever is logged in pass."""
    if caller.user_id is None:
        raise refused("Log in first.")
    return caller.user_id
