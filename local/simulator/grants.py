"""Grants, token families and their rotation: the rules that decide whether a connection lives.

A *grant* is what one account has allowed the app. Each consent begins a *family* of refresh tokens within it:

    t0 ──refresh──▶ t1 ──refresh──▶ t2        each use mints the next and retires the one used
     └─again ≤ 10 min─▶ t1'                   the one just replaced still works for 10 minutes (a sibling)
    t0 after t2 exists, or after 10 minutes   anything older is reuse: the whole grant dies

Sources: Atlassian "Implementing the Refresh Token Flow" and "OAuth 2.0 (3LO) apps" (api-facts, rotation and lifetimes).
"""

import base64
import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

ACCESS_TOKEN_SECONDS = 3600
LEEWAY = timedelta(minutes=10)
IDLE = timedelta(days=90)
ABSOLUTE = timedelta(days=365)
CODE_LIFE = timedelta(minutes=5)


@dataclass(slots=True)
class RefreshToken:
    """One refresh token. `parent` is the token whose use minted it; `leeway_ends` is set once it was used.

    `superseded`: a later sibling took its place, unused as it was (with siblings that do not stay valid).
    """

    value: str
    parent: str | None
    issued_at: datetime
    leeway_ends: datetime | None = None
    superseded: bool = False


@dataclass(slots=True)
class Family:
    """The refresh tokens descending from one consent, by value."""

    id: str
    created_at: datetime
    tokens: dict[str, RefreshToken] = field(default_factory=dict)


@dataclass(slots=True)
class AccessToken:
    """An access token as issued."""

    value: str
    scopes: frozenset[str]
    expires_at: datetime


@dataclass(slots=True)
class Grant:
    """What one account has allowed the app; a later consent replaces `scopes`."""

    account: str
    scopes: frozenset[str]
    cloud_ids: list[str]
    families: dict[str, Family] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    """An authorization code: single use, short-lived, bound to its redirect URI."""

    account: str
    family_id: str
    redirect_uri: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """What a token call answers. `refresh` is None without `offline_access` or when nothing was rotated."""

    access: str
    refresh: str | None
    scopes: frozenset[str]


class Dead(Exception):
    """The refresh token is good for nothing; `reuse` if presenting it has just killed the grant."""

    def __init__(self, *, reuse: bool = False) -> None:
        super().__init__("dead refresh token")
        self.reuse = reuse


class BadCode(Exception):
    """The code is unknown, used, too old, or was issued for another redirect URI."""


class Grants:
    """All grants of the one registered app."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - made-up tokens, the same in every run of a test
        self.by_account: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}

    # ── consent ───────────────────────────────────────────────────────────────────────────────────────────────
    def consent(
        self,
        account: str,
        scopes: frozenset[str],
        cloud_ids: list[str],
        redirect_uri: str,
        now: datetime,
        *,
        pile: bool,
    ) -> str:
        """Record a consent and return its code. `pile` adds the sites to those granted before."""
        grant = self.by_account.setdefault(account, Grant(account, scopes, []))
        grant.scopes = scopes
        earlier = grant.cloud_ids if pile else []
        grant.cloud_ids = list(dict.fromkeys([*earlier, *cloud_ids]))
        family = Family(self._random.randbytes(8).hex(), now)
        grant.families[family.id] = family
        code = "code_" + self._random.randbytes(24).hex()
        self.codes[code] = Code(account, family.id, redirect_uri, now + CODE_LIFE)
        return code

    def exchange(self, value: str, redirect_uri: str, now: datetime) -> Pair:
        """Turn a code into the family's first tokens. The code is spent whatever comes out."""
        code = self.codes.pop(value, None)
        grant = self.by_account.get(code.account) if code else None
        if not code or not grant or code.expires_at <= now or code.redirect_uri != redirect_uri:
            raise BadCode
        family = grant.families.get(code.family_id)
        if family is None:
            raise BadCode
        refresh = self._mint(family, None, now) if "offline_access" in grant.scopes else None
        return Pair(self._access(grant, now), refresh, grant.scopes)

    # ── refresh ───────────────────────────────────────────────────────────────────────────────────────────────
    def refresh(self, value: str, now: datetime, *, rotate: bool, siblings: bool, absolute: bool) -> Pair:
        """Use a refresh token. Raises Dead for one that is unknown, too old, or used before the last one."""
        for grant in self.by_account.values():
            for family in grant.families.values():
                if value in family.tokens:
                    token = family.tokens[value]
                    return self._use(grant, family, token, now, rotate=rotate, siblings=siblings, absolute=absolute)
        raise Dead

    def _use(
        self,
        grant: Grant,
        family: Family,
        token: RefreshToken,
        now: datetime,
        *,
        rotate: bool,
        siblings: bool,
        absolute: bool,
    ) -> Pair:
        children = [each for each in family.tokens.values() if each.parent == token.value]
        too_late = token.superseded or (token.leeway_ends is not None and now > token.leeway_ends)
        two_generations_old = any(child.leeway_ends is not None for child in children)
        if too_late or two_generations_old:
            del self.by_account[grant.account]
            raise Dead(reuse=True)
        if now - token.issued_at > IDLE or (absolute and now - family.created_at > ABSOLUTE):
            raise Dead
        if not rotate:
            return Pair(self._access(grant, now), None, grant.scopes)
        if not siblings:
            for child in children:
                child.superseded = True  # by the sibling minted now: presenting it from here on is reuse
        if token.leeway_ends is None:
            token.leeway_ends = now + LEEWAY
        return Pair(self._access(grant, now), self._mint(family, token.value, now), grant.scopes)

    # ── access tokens ─────────────────────────────────────────────────────────────────────────────────────────
    def caller(self, value: str, now: datetime) -> tuple[Grant, frozenset[str]] | None:
        """The grant behind an access token and the scopes it still carries; None if expired, revoked, unknown."""
        for grant in self.by_account.values():
            token = grant.access.get(value)
            if token:
                return (grant, token.scopes & grant.scopes) if token.expires_at > now else None
        return None

    def knows(self, value: str) -> bool:
        """Whether a string is one of the tokens (used to spot tokens where none belong)."""
        grants = self.by_account.values()
        return any(value in g.access or any(value in f.tokens for f in g.families.values()) for g in grants)

    def revoke(self, account: str) -> bool:
        """The account removes the app; False if there was nothing to remove."""
        return self.by_account.pop(account, None) is not None

    def expire_access(self, account: str) -> None:
        """All access tokens of the account's grant end now; refresh tokens stay good."""
        if grant := self.by_account.get(account):
            grant.access.clear()

    def expire_refresh(self, account: str, now: datetime) -> None:
        """All tokens of the account's grant are as after 90 idle days."""
        self.expire_access(account)
        grant = self.by_account.get(account)
        for family in grant.families.values() if grant else ():
            for token in family.tokens.values():
                token.issued_at = min(token.issued_at, now - IDLE - timedelta(seconds=1))

    def _access(self, grant: Grant, now: datetime) -> str:
        grant.access = {key: token for key, token in grant.access.items() if token.expires_at > now}
        ends = now + timedelta(seconds=ACCESS_TOKEN_SECONDS)
        claims = {"sub": grant.account, "scope": " ".join(sorted(grant.scopes)), "exp": int(ends.timestamp())}
        value = self._jwt(claims)
        grant.access[value] = AccessToken(value, grant.scopes, ends)
        return value

    def _mint(self, family: Family, parent: str | None, now: datetime) -> str:
        value = self._jwt({"family": family.id, "iat": int(now.timestamp())})
        family.tokens[value] = RefreshToken(value, parent, now)
        return value

    def _jwt(self, claims: dict[str, object]) -> str:
        """The shape and length of Atlassian's tokens. Signed by nobody: clients must treat tokens as opaque."""
        parts = (b'{"alg":"RS256","typ":"JWT"}', json.dumps(claims).encode(), self._random.randbytes(256))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
