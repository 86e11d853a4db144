{% if auth %}
"""Register, log in, stay logged in, log out."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, HTTPException, status

from app import database
from app.api.schemas import CredentialsIn, RefreshIn, TokensOut, UserOut
from app.api.session import Session
from app.auth import tokens
from app.auth.caller import admin, refused, user
from app.models import User
from app.services import accounts
from app.settings import settings

log = structlog.get_logger("app.api.accounts")


async def _accounts_are_kept() -> None:
    if settings().jwt_signing_key_file is None:
        detail = "This app keeps no accounts: JWT_SIGNING_KEY_FILE is not set."
        raise HTTPException(status.HTTP_404_NOT_FOUND, detail)


router = APIRouter(prefix="/api/auth", tags=["auth"], dependencies=[Depends(_accounts_are_kept)])


@router.post("/register", status_code=status.HTTP_201_CREATED, response_model=UserOut)
async def register(body: CredentialsIn, session: Session) -> User:
    """Open an account."""
    try:
        opened = await accounts.register(session, body.email, body.password.get_secret_value())
    except accounts.AddressTakenError as error:
        detail = "There is an account with this address."
        raise HTTPException(status.HTTP_409_CONFLICT, detail) from error
    log.info("account_opened", user=str(opened.id))
    return opened


@router.post("/login")
async def login(body: CredentialsIn) -> TokensOut:
    """Exchange address and password for tokens; no connection is held while they are compared."""
    async with database.transaction() as session:
        found = await accounts.find(session, body.email)
    try:
        known = await accounts.recognise(found, body.password.get_secret_value())
    except accounts.LoginRefusedError as error:
        raise refused(str(error)) from error
    async with database.transaction() as session:
        return _tokens(known, await accounts.begin(session, known))


@router.post("/refresh")
async def refresh(body: RefreshIn) -> TokensOut:
    """Exchange the refresh token for new tokens; it is good once."""
    try:
        async with database.transaction() as session:
            found = await accounts.go_on(session, body.refresh_token)
    except accounts.LoginRefusedError as error:
        raise refused(str(error)) from error
    if found is None:
        log.warning("refresh_token_reused")
        raise refused("This refresh token was used before, so the login has ended. Log in again.")
    return _tokens(*found)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(body: RefreshIn, session: Session) -> None:
    """End the login; its access token is over in a few minutes."""
    await accounts.end(session, body.refresh_token)


@router.get("/me", response_model=UserOut)
async def me(session: Session, user_id: Annotated[UUID, Depends(user)]) -> User:
    """Show who is logged in."""
    known = await session.get(User, user_id)
    if known is None:
        raise refused("There is no such account any more.")
    return known


@router.get("/users", response_model=list[UserOut], dependencies=[Depends(admin)])
async def users(session: Session) -> Sequence[User]:
    """List all accounts, for admins."""
    return await accounts.everybody(session)


def _tokens(known: User, refresh_token: str) -> TokensOut:
    return TokensOut(
        access_token=tokens.issue(known),
        expires_in=settings().access_token_seconds,
        refresh_token=refresh_token,
    )
{% endif %}
