"""The cookie that ties the way back from Atlassian to the browser that left: one per flow, gone afterwards."""

from fastapi import Request, Response

from confluence_connector.domain.consents import sealed
from confluence_connector.limits import STATE_SECONDS
from confluence_connector.settings import Settings


def put(response: Response, settings: Settings, state: str, value: str) -> None:
    """`__Host-`: this host only, https only, not for scripts. `Lax` lets it come along on the redirect back."""
    response.set_cookie(
        name_for(settings, state),
        value,
        max_age=STATE_SECONDS,
        path="/",
        secure=_is_https(settings),
        httponly=True,
        samesite="lax",
    )


def value_in(request: Request, settings: Settings, state: str) -> str | None:
    return request.cookies.get(name_for(settings, state))


def clear(response: Response, settings: Settings, state: str) -> None:
    response.delete_cookie(
        name_for(settings, state), path="/", secure=_is_https(settings), httponly=True, samesite="lax"
    )


def name_for(settings: Settings, state: str) -> str:
    """Named after the state, so that two flows in one browser do not take each other's cookie.

    Browsers refuse the prefix on plain http, which only a loopback address may be.
    """
    return f"{'__Host-' if _is_https(settings) else ''}consent-{sealed(state)[:16]}"


def _is_https(settings: Settings) -> bool:
    return settings.public_base_url.startswith("https://")
