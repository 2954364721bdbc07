"""Files: Confluence answers a download with a redirect to a media host, which wants no token of ours.

Threat: a redirect is an address from outside. One hop is taken, to a listed host only, over TLS, with nothing of ours
in the request but its address; what that host redirects to is not followed (fault case D11, design §4).
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from confluence_connector.adapters.atlassian_http import HEADERS, read_body
from confluence_connector.errors import ConfluenceUnavailable, PageGone, UpstreamProtocolError
from confluence_connector.limits import (
    CONNECT_TIMEOUT_SECONDS,
    EXCHANGE_SECONDS,
    READ_TIMEOUT_SECONDS,
    RESERVED_SECONDS,
)
from confluence_connector.ports import Deadline

ADDRESS_LENGTH: Final = 8_192


@dataclass(frozen=True, slots=True, repr=False)  # an object's own repr, which shows no field
class File:
    """A file's bytes: somebody's content, so it has no repr."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MediaHost:
    """`origin`: the one host where files lie, https://api.media.atlassian.com in production."""

    client: httpx.Client
    origin: str

    def fetch(self, location: str | None, deadline: Deadline) -> File:
        """What lies at the address that a download was redirected to.

        Raises UpstreamProtocolError for an address elsewhere, another redirect or a file that is too large, PageGone,
        ConfluenceUnavailable.
        """
        address = self._checked(location)
        start = deadline.remaining_seconds()
        seconds = min(EXCHANGE_SECONDS, start - RESERVED_SECONDS)
        if seconds <= 0:
            raise ConfluenceUnavailable
        timeout = httpx.Timeout(min(READ_TIMEOUT_SECONDS, seconds), connect=min(CONNECT_TIMEOUT_SECONDS, seconds))
        request = self.client.build_request("GET", address, headers=HEADERS | {"accept": "*/*"}, timeout=timeout)
        try:
            response = self.client.send(request, stream=True)
            try:
                body = read_body(response, lambda: start - deadline.remaining_seconds() > seconds)
            finally:
                response.close()
        except httpx.TransportError:
            raise ConfluenceUnavailable from None
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ConfluenceUnavailable
        if response.status_code == httpx.codes.NOT_FOUND:
            raise PageGone
        if response.status_code != httpx.codes.OK:
            raise UpstreamProtocolError
        return File(response.headers.get("content-type", "application/octet-stream"), body)

    def _checked(self, location: str | None) -> str:
        if location is None or len(location) > ADDRESS_LENGTH or not location.isascii() or not location.isprintable():
            raise UpstreamProtocolError
        try:
            parts = urlsplit(location)
            port = parts.port
        except ValueError:
            raise UpstreamProtocolError from None
        origin = f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port is not None else "")
        plain = parts.username is None and parts.password is None and "\\" not in location
        if origin != self.origin or not plain:
            raise UpstreamProtocolError
        return location
