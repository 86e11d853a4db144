{% if auth %}
"""Accounts, logins and tokens, as a client sees them."""

import asyncio
import time
from datetime import timedelta
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import select, update

from app import admin, database
from app.auth import local, tokens
from app.models import RefreshToken, User
from app.models.base import now

ADA = {"email": "Ada@Example.com ", "password": "correct horse"}
AGES = timedelta(days=365)


@pytest.fixture(params=["ES256", "EdDSA"])
def authority(request, authority):
    """With each of the two algorithms."""
    authority.make("k1", request.param)
    authority.publish("k1")
    return authority


async def post(api, path, body, token=None):
    return await api.post(path, json=body, headers=bearing(token))


def bearing(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


async def log_in(api, who):
    await post(api, "/api/auth/register", who)
    answer = await post(api, "/api/auth/login", who)
    assert answer.status_code == 200
    return answer.json()


async def refusal(api, token, path="/api/auth/me"):
    answer = await api.get(path, headers=bearing(token))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    return answer.json()["detail"]


async def test_who_registers_and_logs_in_is_known_by_the_token(accounts):
    given = await log_in(accounts, ADA)
    assert (given["token_type"], given["expires_in"]) == ("bearer", 300)
    me = (await accounts.get("/api/auth/me", headers=bearing(given["access_token"]))).json()
    assert (me["email"], me["role"]) == ("ada@example.com", "user")
    assert "password" not in me


async def test_an_address_has_one_account(accounts):
    first, second = [await post(accounts, "/api/auth/register", ADA) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["detail"] == "There is an account with this address."


@pytest.mark.parametrize("wrong", [{"password": "horse correct"}, {"email": "eve@example.com"}])
async def test_a_wrong_login_is_told_in_one_way(accounts, wrong):
    await log_in(accounts, ADA)
    answer = await post(accounts, "/api/auth/login", ADA | wrong)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The address or the password is wrong."


@pytest.mark.parametrize("wrong", [{"password": "hunt3r"}, {"email": "ada"}, {"role": "admin"}])
async def test_a_mistake_is_named_and_nothing_of_it_repeated(accounts, wrong):
    answer = await post(accounts, "/api/auth/register", ADA | wrong)
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.text
    assert "hunt3r" not in answer.text
    assert ADA["password"] not in answer.text


async def test_accounts_are_listed_for_admins(accounts):
    assert await refusal(accounts, None, "/api/auth/users") == "Log in first."
    given = await log_in(accounts, ADA)
    path = "/api/auth/users"
    answer = await accounts.get(path, headers=bearing(given["access_token"]))
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This is for admins, and you are none."

    await admin.promote("Ada@example.com")
    answer = await post(accounts, "/api/auth/refresh", {"refresh_token": given["refresh_token"]})
    seen = await accounts.get(path, headers=bearing(answer.json()["access_token"]))
    assert [user["email"] for user in seen.json()] == ["ada@example.com"]


async def test_only_who_has_an_account_becomes_an_admin(tables, caplog):
    with pytest.raises(SystemExit, match="1"):
        await admin.promote("nobody@example.com")


async def test_a_refresh_token_is_good_once_and_its_theft_ends_the_login(accounts):
    first = await log_in(accounts, ADA)
    elsewhere = (await post(accounts, "/api/auth/login", ADA)).json()

    async def refresh(given):
        return await post(accounts, "/api/auth/refresh", {"refresh_token": given["refresh_token"]})

    second = await refresh(first)
    assert second.status_code == 200
    stolen = await refresh(first)
    assert stolen.status_code == 401
    assert "was used before" in stolen.json()["detail"]
    assert (await refresh(second.json())).json()["detail"] == "This refresh token is not known."
    assert (await refresh(elsewhere)).status_code == 200


async def test_a_refresh_token_expires_and_is_forgotten_with_the_next_login(accounts):
    given = await log_in(accounts, ADA)
    async with database.transaction() as session:
        await session.execute(update(RefreshToken).values(expires_at=now() - AGES))
    answer = await post(accounts, "/api/auth/refresh", {"refresh_token": given["refresh_token"]})
    assert answer.json()["detail"] == "This refresh token has expired."
    await log_in(accounts, ADA)
    async with database.transaction() as session:
        assert len((await session.scalars(select(RefreshToken))).all()) == 1


async def test_who_logs_out_cannot_refresh(accounts):
    given = {"refresh_token": (await log_in(accounts, ADA))["refresh_token"]}
    assert (await post(accounts, "/api/auth/logout", given)).status_code == 204
    assert (await post(accounts, "/api/auth/refresh", given)).status_code == 401


async def test_neither_password_nor_refresh_token_is_kept_or_logged(accounts):
    with structlog.testing.capture_logs() as lines:
        given = await log_in(accounts, ADA)
    async with database.transaction() as session:
        user = (await session.scalars(select(User))).one()
        kept = (await session.scalars(select(RefreshToken))).one()
    for secret in (ADA["password"], given["refresh_token"], given["access_token"]):
        assert secret not in f"{user.password} {kept.digest} {lines}"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"exp": now() - AGES}, "it has expired"),
        ({"nbf": now() + AGES}, "it is not valid yet"),
        ({"aud": ["elsewhere"]}, "it was issued for another audience"),
        ({"iss": "https://elsewhere"}, "it was issued by somebody else"),
        ({"sub": None}, "its claim sub is missing"),
        ({"sub": "ada"}, "it speaks of no user or role of this app"),
        ({"role": "king"}, "it speaks of no user or role of this app"),
    ],
)
async def test_a_token_is_refused_with_the_reason(accounts, authority, change, reason):
    claims = valid_claims() | change
    token = authority.sign("k1", {name: said for name, said in claims.items() if said})
    for path in ("/api/auth/me", "/api/auth/users"):
        assert await refusal(accounts, token, path) == f"The token is refused: {reason}."


def valid_claims():
    times = {"iat": now(), "exp": now() + timedelta(minutes=5)}
    return {"iss": "https://app", "aud": "partners", "sub": str(uuid4()), "role": "admin"} | times


async def test_any_of_the_audiences_will_do(accounts, authority):
    token = authority.sign("k1", valid_claims())
    assert (await accounts.get("/api/auth/users", headers=bearing(token))).status_code == 200


async def test_somebody_elses_key_is_refused(accounts, authority):
    authority.make("other")
    token = authority.sign("other", valid_claims())
    reason = "it was signed with a key that is not known here"
    assert await refusal(accounts, token) == f"The token is refused: {reason}."


async def test_another_key_under_a_known_name_is_refused(accounts, authority):
    authority.make("k1", authority.keys["k1"][1])
    token = authority.sign("k1", valid_claims())
    assert await refusal(accounts, token) == "The token is refused: its signature is wrong."


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "e30.e30."])
async def test_what_is_no_token_is_refused(accounts, token):
    assert (await refusal(accounts, token)).startswith("The token is refused: it ")


async def test_a_key_of_another_kind_is_not_used_and_hides_no_other(accounts, authority):
    authority.make("old", "RS256")
    authority.publish("old", "k1")
    token = authority.sign("old", valid_claims())
    assert "a key that is not known here" in await refusal(accounts, token)
    assert (
        await accounts.get(
            "/api/auth/me", headers=bearing((await log_in(accounts, ADA))["access_token"])
        )
    ).status_code == 200


async def test_the_next_key_is_known_as_soon_as_it_is_published(accounts, authority):
    old = (await log_in(accounts, ADA))["access_token"]
    authority.make("k2")
    new = authority.sign("k2", valid_claims())
    assert "not known" in await refusal(accounts, new)
    authority.publish("k1", "k2")
    assert (await accounts.get("/api/auth/users", headers=bearing(new))).status_code == 200
    assert (await accounts.get("/api/auth/me", headers=bearing(old))).status_code == 200
    authority.publish("k2")
    assert "not known" in await refusal(accounts, old)


async def test_unknown_keys_make_it_look_at_most_every_second(accounts, authority, monkeypatch):
    keys = tokens._keys()
    clock = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    reads, read = [], keys._read
    monkeypatch.setattr(keys, "_read", lambda: reads.append(read()))
    authority.make("k2")
    token = authority.sign("k2", valid_claims())
    for _ in range(3):
        await refusal(accounts, token)
    assert len(reads) == 1
    clock += 1
    await refusal(accounts, token)
    assert len(reads) == 2


async def test_a_key_set_that_goes_bad_leaves_the_keys_that_were_known(accounts, authority):
    token = (await log_in(accounts, ADA))["access_token"]
    for spoilt in (None, "{", "[]", '{"keys": ["k1"]}', '{"keys": 1}'):
        if spoilt:
            authority.jwks.write_text(spoilt)
        assert (await accounts.get("/api/auth/me", headers=bearing(token))).status_code == 200
    authority.jwks.unlink()
    assert (await accounts.get("/api/auth/me", headers=bearing(token))).status_code == 200


async def test_without_any_key_set_nobodys_token_is_wrong(accounts, authority):
    authority.jwks.unlink()
    token = authority.sign("k1", valid_claims())
    answer = await accounts.get("/api/auth/users", headers=bearing(token))
    assert answer.status_code == 503
    assert str(authority.folder) not in answer.text


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda file: file.unlink(), "FileNotFoundError"),
        (lambda file: file.write_text("no key"), "ValueError"),
    ],
)
def test_a_signing_key_that_cannot_be_used_is_told_at_the_start(authority, spoil, reason):
    from app.api.app import create_app

    spoil(authority.folder / "k1.pem")
    with pytest.raises(SystemExit, match=f"JWT_SIGNING_KEY_FILE: .*{reason}"):
        create_app()


def test_a_signing_key_of_another_kind_is_refused(authority, environment):
    authority.make("k1", "RS256")
    with pytest.raises(SystemExit, match="neither P-256 nor Ed25519"):
        tokens.signer()


async def test_where_no_keys_are_nobody_logs_in(api):
    answer = await post(api, "/api/auth/login", ADA)
    assert answer.status_code == 404
    assert "keeps no accounts" in answer.json()["detail"]
    assert (await api.get("/api/notes", headers=bearing("whatever"))).status_code == 503


def test_keys_for_this_machine_are_made_once_and_fit(tmp_path, environment):
    variables = local.make(tmp_path / "keys")
    assert local.make(tmp_path / "keys") == variables
    private = tmp_path / "keys" / "key.pem"
    assert private.stat().st_mode & 0o077 == 0
    environment(**variables)
    tokens.signer.cache_clear()
    tokens._keys.cache_clear()
    user = User(id=uuid4(), email="ada@example.com", role="user")
    assert tokens.check(tokens.issue(user)).user_id == user.id
    tokens.signer.cache_clear()
    tokens._keys.cache_clear()


async def test_two_refreshes_at_once_do_not_both_go_on(accounts):
    given = {"refresh_token": (await log_in(accounts, ADA))["refresh_token"]}
    answers = await asyncio.gather(*(post(accounts, "/api/auth/refresh", given) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
{% endif %}
