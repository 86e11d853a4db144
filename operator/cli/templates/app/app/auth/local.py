{% if auth %}
"""Keys for a machine without a cluster: `python -m app.auth.local FOLDER`.

Prints the variables that name them. In a cluster the operator makes keys, and rotates them.
"""

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm

from app import NAME

KID = "local"


def make(folder: Path) -> dict[str, str]:
    """Make a key pair unless there is one; return the variables."""
    private, public = folder / "key.pem", folder / "jwks.json"
    if not private.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = generate_private_key(SECP256R1())
        shape = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        public.write_text(json.dumps({"keys": [shape | {"kid": KID, "alg": "ES256"}]}))
        private.touch(mode=0o600)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {
        "JWT_ISSUER": "http://127.0.0.1:8000",
        "JWT_AUDIENCES": NAME,
        "JWT_JWKS_FILE": str(public),
        "JWT_SIGNING_KEY_FILE": str(private),
        "JWT_SIGNING_KEY_ID": KID,
    }


if __name__ == "__main__":
    for name, value in make(Path(sys.argv[1])).items():
        print(f"export {name}={value}")  # noqa: T201 a shell reads it
{% endif %}
