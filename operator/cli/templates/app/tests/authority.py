{% if auth %}
"""Keys as the operator hands them out: a private half in a file, public halves in a key set."""

import json
import os
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

MAKE = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
}


class Authority:
    """Makes keys, publishes some, and signs anything."""

    def __init__(self, folder: Path) -> None:
        self.jwks, self.folder = folder / "jwks.json", folder
        self.keys = {}

    def make(self, kid: str, algorithm: str = "ES256") -> Path:
        """Make a key; its private half lies in the file."""
        generate, _ = MAKE[algorithm]
        self.keys[kid] = (generate(), algorithm)
        file = self.folder / f"{kid}.pem"
        pkcs8 = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file.write_bytes(self.keys[kid][0].private_bytes(serialization.Encoding.PEM, *pkcs8))
        return file

    def publish(self, *kids: str) -> None:
        """Put these in the place of those published before, as a kubelet does: at once."""
        (self.folder / "next").write_text(json.dumps({"keys": [self._public(kid) for kid in kids]}))
        os.replace(self.folder / "next", self.jwks)

    def sign(self, kid: str, claims: dict) -> str:
        """Sign what nobody here would issue."""
        key, algorithm = self.keys[kid]
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})

    def _public(self, kid: str) -> dict:
        key, algorithm = self.keys[kid]
        shape = MAKE[algorithm][1].to_jwk(key.public_key(), as_dict=True)
        shape.pop("key_ops", None)
        return shape | {"kid": kid, "alg": algorithm, "use": "sig"}
{% endif %}
