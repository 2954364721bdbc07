"""The OIDC issuer of the one-machine stack: signs access tokens for whoever asks on this machine. Local only.

Keys lie under the state folder, readable by their owner only, so that tokens outlive a restart.
"""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

TOKEN_SECONDS = 8 * 3600
BOTH_SCOPES = "connector/read connector/write"


class LocalIssuer:
    def __init__(self, url: str, audience: str, key_file: Path) -> None:
        self.url = url
        self.audience = audience
        self._key = _load_or_make(key_file)

    @property
    def public_keys(self) -> KeySet:
        return KeySet.import_key_set(self.jwks())  # without the private part

    def jwks(self) -> Any:
        return {"keys": [self._key.as_dict(private=False)]}

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def token(self, *, sub: str, workspace: str | None, roles: Sequence[str] = (), scope: str = BOTH_SCOPES) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": self.audience,
            "sub": sub,
            "scope": scope,
            "roles": list(roles),
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "jti": str(uuid.uuid4()),
            **({} if workspace is None else {"workspace": workspace}),
        }
        return jwt.encode({"alg": "RS256", "kid": self._key.kid, "typ": "at+jwt"}, claims, self._key)


def token_request(body: bytes) -> Mapping[str, Any]:
    """The arguments of `LocalIssuer.token` from a request body. Raises ValueError when it is not of that form."""
    asked = json.loads(body)
    if not isinstance(asked, dict) or asked.keys() - {"sub", "workspace", "roles", "scope"}:
        raise ValueError("expects an object with sub, workspace, roles and scope")
    sub, workspace, roles = asked.get("sub"), asked.get("workspace"), asked.get("roles", [])
    scope = asked.get("scope", BOTH_SCOPES)
    if not isinstance(sub, str) or not isinstance(scope, str) or not isinstance(workspace, str | None):
        raise ValueError("sub, workspace and scope are texts")  # noqa: TRY004 - one error for the caller
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise ValueError("roles is a list of texts")
    return {"sub": sub, "workspace": workspace, "roles": roles, "scope": scope}


def _load_or_make(key_file: Path) -> RSAKey:
    if key_file.exists():
        return RSAKey.import_key(json.loads(key_file.read_text()))
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": str(uuid.uuid4())})
    key_file.parent.mkdir(parents=True, exist_ok=True)
    key_file.touch(mode=0o600)
    key_file.write_text(json.dumps(key.as_dict(private=True)))
    return key
