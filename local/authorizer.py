"""The JWT authorizer of an HTTP API, as API Gateway documents it ("Control access to HTTP APIs with JWT authorizers").

Checks signature (RS256 by a key of the issuer), iss, aud (or client_id where aud is absent), exp, nbf, iat. Claims
reach the function as strings: a list as "[a b]".
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeIs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_MAX_TOKEN_CHARACTERS = 16 * 1024


class Unauthorized(Exception):
    """The request carries no token that the authorizer accepts. The reason is for WWW-Authenticate."""


@dataclass(frozen=True, slots=True)
class JwtAuthorizer:
    issuer: str
    audience: Sequence[str]
    keys: KeySet

    def claims(self, authorization: str | None) -> dict[str, str]:
        """The verified claims of an Authorization header, as strings. Raises Unauthorized."""
        if not authorization:
            raise Unauthorized("no token")
        scheme, _, token = authorization.partition(" ")
        # API Gateway takes the header with or without the scheme.
        token = token.strip() if scheme.lower() == "bearer" else authorization.strip()
        if not token or len(token) > _MAX_TOKEN_CHARACTERS:
            raise Unauthorized("no token")
        try:
            claims = jwt.decode(token, self.keys, algorithms=["RS256"]).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthorized("the token cannot be verified") from error
        self._check(claims)
        return {name: render_claim(value) for name, value in claims.items()}

    def _check(self, claims: dict[str, Any]) -> None:
        now = time.time()
        if claims.get("iss") != self.issuer:
            raise Unauthorized("invalid issuer")
        audience = claims.get("aud", claims.get("client_id"))
        named = audience if isinstance(audience, list) else [audience]
        if not any(one in self.audience for one in named):
            raise Unauthorized("invalid audience")
        exp = claims.get("exp")
        if not _is_number(exp) or exp <= now:
            raise Unauthorized("the token has expired")
        if any(name in claims and not (_is_number(claims[name]) and claims[name] <= now) for name in ("nbf", "iat")):
            raise Unauthorized("the token is not valid yet")


def render_claim(value: Any) -> str:
    """A claim as API Gateway hands it on."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{' '.join(render_claim(item) for item in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{render_claim(item)}' for name, item in value.items())}]"
    return str(value)


def _is_number(value: object) -> TypeIs[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
