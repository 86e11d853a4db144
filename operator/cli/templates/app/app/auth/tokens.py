{% if auth %}
"""Access tokens: signed for a few minutes, checked by whoever has the public keys."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.auth.keys import Keys, KeysUnreadableError
from app.models import Role, User
from app.models.base import now
from app.settings import settings

CLAIMS = ("iss", "aud", "sub", "iat", "exp", "role")
CLOCKS_DIFFER_SECONDS = 10


class TokenRefusedError(Exception):
    """Its text says what is wrong, and nothing of what would be right."""


@dataclass(frozen=True)
class Identity:
    """Whom a token speaks of."""

    user_id: UUID
    role: Role


@dataclass(frozen=True)
class Signer:
    """The private key of this process; a new one comes with a new process."""

    key: EllipticCurvePrivateKey | Ed25519PrivateKey
    kid: str
    algorithm: str


def issue(user: User) -> str:
    """Sign who the user is."""
    issued, to = now(), settings()
    claims = {
        "iss": to.jwt_issuer,
        "aud": to.jwt_audiences,
        "sub": str(user.id),
        "role": user.role,
        "iat": issued,
        "exp": issued + timedelta(seconds=to.access_token_seconds),
    }
    by = signer()
    return jwt.encode(claims, by.key, algorithm=by.algorithm, headers={"kid": by.kid})


def check(token: str) -> Identity:
    """Say whom the token speaks of, or why it is refused."""
    try:
        key = _keys().find(jwt.get_unverified_header(token).get("kid"))
        if key is None:
            raise TokenRefusedError("it was signed with a key that is not known here")
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=settings().jwt_issuer,
            audience=settings().jwt_audiences,
            leeway=CLOCKS_DIFFER_SECONDS,
            options={"require": list(CLAIMS)},
        )
        return Identity(UUID(claims["sub"]), Role(claims["role"]))
    except jwt.PyJWTError as error:
        raise TokenRefusedError(_reason(error)) from error
    except ValueError as error:
        raise TokenRefusedError("it speaks of no user or role of this app") from error


def _reason(error: jwt.PyJWTError) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired"
        case jwt.ImmatureSignatureError():
            return "it is not valid yet"
        case jwt.InvalidAudienceError():
            return "it was issued for another audience"
        case jwt.InvalidIssuerError():
            return "it was issued by somebody else"
        case jwt.MissingRequiredClaimError(claim=claim):
            return f"its claim {claim} is missing"
        case jwt.InvalidSignatureError() | jwt.InvalidAlgorithmError():
            return "its signature is wrong"
    return "it cannot be read"


@cache
def _keys() -> Keys:
    file = settings().jwt_jwks_file
    if file is None:
        raise KeysUnreadableError
    return Keys(file)


@cache
def signer() -> Signer:
    """Read the private key; its kind decides the algorithm."""
    file, kid = settings().jwt_signing_key_file, settings().jwt_signing_key_id
    if file is None or kid is None:
        raise SystemExit("JWT_SIGNING_KEY_FILE and JWT_SIGNING_KEY_ID are not set")
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SystemExit(f"JWT_SIGNING_KEY_FILE: {file}: {type(error).__name__}") from None
    match key:
        case Ed25519PrivateKey():
            algorithm = "EdDSA"
        case EllipticCurvePrivateKey(curve=SECP256R1()):
            algorithm = "ES256"
        case _:
            raise SystemExit(f"JWT_SIGNING_KEY_FILE: {file}: neither P-256 nor Ed25519")
    return Signer(key, kid, algorithm)
{% endif %}
