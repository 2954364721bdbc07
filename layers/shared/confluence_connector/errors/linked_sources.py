"""Why Confluence's current text could not be had."""

from confluence_connector.errors.refusal import LINKED, ConnectorError


class LinkedSourceError(ConnectorError):
    """Why Confluence's current text could not be had. Never an empty document, never an expired cache entry (D8)."""

    default_detail = LINKED


class ConnectionNotFound(LinkedSourceError):
    code, status, title = "connection_not_found", 404, "Not connected"
    default_detail = f"{LINKED}: its Confluence connection does not exist any more."
    remedy = "Connect Confluence and refresh with your own connection, or import the page again."


class ReconnectRequired(LinkedSourceError):
    code, status, title = "reconnect_required", 409, "Reconnect required"
    default_detail = f"{LINKED}: Atlassian no longer accepts the stored grant."
    remedy = "Reconnect Confluence."


class SiteChanged(LinkedSourceError):
    code, status, title = "site_changed", 409, "Connection moved to another site"
    default_detail = f"{LINKED}: its connection belongs to another site by now."
    remedy = "Reconnect with the site that the page is on, refresh with your own connection, or import the page again."


class PageGone(LinkedSourceError):
    code, status, title = "page_gone", 410, "Page gone"
    default_detail = f"{LINKED}: the page was deleted, trashed, or is no longer visible to the connected account."
    remedy = "Restore the page in Confluence, or import another one."


class PageForbidden(LinkedSourceError):
    code, status, title = "page_forbidden", 403, "Page forbidden"
    default_detail = f"{LINKED}: the connected account may not read it."
    remedy = "Give that account access in Confluence, or import with another connection."


class RateLimited(LinkedSourceError):
    code, status, title, retry = "rate_limited", 429, "Rate limited by Atlassian", True
    default_retry_after = 30
    default_detail = f"{LINKED}: Atlassian asks us to slow down."
    remedy = "Try again after retry_after seconds."


class ConfluenceUnavailable(LinkedSourceError):
    code, status, title, retry = "confluence_unavailable", 503, "Confluence unavailable", True
    default_retry_after = 30
    default_detail = f"{LINKED}: Confluence does not answer at the moment."
    remedy = "Try again in a minute."


class UpstreamProtocolError(ConfluenceUnavailable):
    code, status, title = "upstream_protocol_error", 502, "Unexpected answer from Atlassian"
    default_detail = f"{LINKED}: Atlassian answered something that we do not understand."
    remedy = "Try again; if it persists, give your admin the request id."
