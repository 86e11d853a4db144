{% if auth %}
"""Accounts and logins."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import passwords
from app.models import RefreshToken, Role, User
from app.models.base import now
from app.settings import settings


class AddressTakenError(Exception):
    """Somebody has an account with this address."""


class LoginRefusedError(Exception):
    """Its text says what is wrong."""


async def register(session: AsyncSession, email: str, password: str) -> User:
    """Open an account for a user."""
    user = User(email=email, password=await passwords.hashed(password))
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as error:
        raise AddressTakenError from error
    return user


async def find(session: AsyncSession, email: str) -> User | None:
    """Look the user with this address up."""
    return await session.scalar(select(User).where(User.email == email))


async def recognise(user: User | None, password: str) -> User:
    """Say that it is the user; whether the address or the password is wrong is not told."""
    if not await passwords.matches(password, user.password if user else None) or user is None:
        raise LoginRefusedError("The address or the password is wrong.")
    return user


async def everybody(session: AsyncSession) -> Sequence[User]:
    """List all accounts by their addresses."""
    return (await session.scalars(select(User).order_by(User.email))).all()


async def promote(session: AsyncSession, email: str) -> bool:
    """Make a user an admin, if there is one with this address."""
    promoted = update(User).where(User.email == email.lower()).values(role=Role.ADMIN)
    return await session.scalar(promoted.returning(User.id)) is not None


async def begin(session: AsyncSession, user: User) -> str:
    """Start a chain of refresh tokens; of the user's others, those that are over are forgotten."""
    over = (RefreshToken.user_id == user.id) & (RefreshToken.expires_at < now())
    await session.execute(delete(RefreshToken).where(over))
    return _link(session, user.id, login=uuid4())


async def go_on(session: AsyncSession, token: str) -> tuple[User, str] | None:
    """Exchange a token for the next one; nothing is returned when it was used before.

    Then two have it, and one of them is a thief: the whole login ends.
    """
    kept = RefreshToken.digest == _digest(token)
    take = update(RefreshToken).where(kept, RefreshToken.used_at.is_(None)).values(used_at=now())
    told = take.returning(RefreshToken.login, RefreshToken.user_id, RefreshToken.expires_at < now())
    taken = (await session.execute(told)).one_or_none()
    if taken is None:
        await _end_after_theft(session, kept)
        return None
    login, user_id, is_over = taken
    if is_over:
        raise LoginRefusedError("This refresh token has expired.")
    return await session.get_one(User, user_id), _link(session, user_id, login)


async def _end_after_theft(session: AsyncSession, kept: ColumnElement[bool]) -> None:
    login = await session.scalar(select(RefreshToken.login).where(kept))
    if login is None:
        raise LoginRefusedError("This refresh token is not known.")
    await session.execute(delete(RefreshToken).where(RefreshToken.login == login))


async def end(session: AsyncSession, token: str) -> None:
    """Forget the login, if it is known."""
    login = select(RefreshToken.login).where(RefreshToken.digest == _digest(token))
    whole = RefreshToken.login == login.scalar_subquery()
    await session.execute(delete(RefreshToken).where(whole))


def _link(session: AsyncSession, user_id: UUID, login: UUID) -> str:
    token = secrets.token_urlsafe(32)
    expires_at = now() + timedelta(seconds=settings().refresh_token_seconds)
    link = {"digest": _digest(token), "login": login, "user_id": user_id, "expires_at": expires_at}
    session.add(RefreshToken(**link))
    return token


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
{% endif %}
