{% if auth %}
"""Who asks, as far as a request says so."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.auth import keys, tokens
from app.models import Role

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def refused(reason: str) -> HTTPException:
    """Ask for a login."""
    described = f'Bearer error="invalid_token", error_description="{reason}"'
    return HTTPException(
        status.HTTP_401_UNAUTHORIZED, reason, headers={"WWW-Authenticate": described}
    )


async def _identity(bearer: Bearer) -> tokens.Identity:
    if bearer is None:
        raise refused("Log in first.")
    try:
        return tokens.check(bearer.credentials)
    except tokens.TokenRefusedError as error:
        raise refused(f"The token is refused: {error}.") from error
    except keys.KeysUnreadableError as error:
        detail = "No token can be checked now: the keys cannot be read."
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, detail) from error


Identity = Annotated[tokens.Identity, Depends(_identity)]


async def user(identity: Identity) -> UUID:
    """Let whoever is logged in pass."""
    return identity.user_id


async def admin(identity: Identity) -> None:
    """Let an admin pass."""
    if identity.role != Role.ADMIN:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This is for admins, and you are none.")
{% endif %}
