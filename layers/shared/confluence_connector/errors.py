"""Every way this product says no. One tree, one JSON shape (RFC 9457 problem details).

ConnectorError                      code                     status  retry
├── BadRequest                      invalid_request             400
│   ├── SpaceRequired               space_required              400
│   ├── ConsentRefused              access_denied               400
│   ├── ConsentBlocked              consent_blocked             400
│   └── IdempotencyKeyMissing       idempotency_key_required    400
├── Unauthenticated                 unauthenticated             401
├── Forbidden                       forbidden                   403
│   ├── NoWorkspace                 no_workspace                403
│   ├── ScopeMissing                scope_missing               403
│   ├── OtherBrowser                other_browser               403
│   ├── OtherMember                 other_member                403
│   └── WorkspaceNotAllowed         workspace_not_allowed       403   (pipeline step)
├── NotFound                        not_found                   404
│   └── PageNotFound                page_not_found              404
├── MethodNotAllowed                method_not_allowed          405
├── Conflict                        conflict                    409
│   ├── ConnectorNotEnabled         connector_not_enabled       409
│   ├── SiteAlreadyChosen           site_already_chosen         409
│   ├── SiteNotChosen               site_not_chosen             409
│   ├── NoSite                      no_site                     409
│   ├── OfflineAccessMissing        offline_access_missing      409
│   ├── ConfirmationRequired        confirmation_required       409
│   ├── OtherAccountOrSite          other_account_or_site       409
│   ├── ScopesMissing               scopes_missing              409   (+ missing_scopes)
│   ├── StillConnected              still_connected             409
│   ├── NotLinked                   not_linked                  409
│   ├── InProgress                  in_progress                 409   yes
│   └── LinkedReadOnly              linked_read_only            409   (+ view_url)
├── PreconditionFailed              precondition_failed         412
├── PreconditionRequired            precondition_required       428
├── TooLarge                        too_large                   413   (+ download_url)
├── UnsupportedMediaType            unsupported_media_type      415
├── Unprocessable                   validation_failed           422   (+ fields: names and kinds, never values)
│   ├── UnsupportedPageUrl          unsupported_page_url        422
│   ├── OtherSite                   other_site                  422
│   ├── SamePageTwice               same_page_twice             422
│   ├── IdempotencyKeyReused        idempotency_key_reused      422
│   └── ContentUnreadable           content_unreadable          422
├── TooManyRequests                 too_many_requests           429   yes (our own limits)
├── LinkedSourceError — `detail` begins "Could not fetch linked source"
│   ├── ConnectionNotFound          connection_not_found        404
│   ├── ReconnectRequired           reconnect_required          409
│   ├── SiteChanged                 site_changed                409
│   ├── PageGone                    page_gone                   410
│   ├── PageForbidden               page_forbidden              403
│   ├── RateLimited                 rate_limited                429   yes (+ retry_after)
│   └── ConfluenceUnavailable       confluence_unavailable      503   yes (+ retry_after)
│       └── UpstreamProtocolError   upstream_protocol_error     502   yes
├── ServiceUnavailable              service_unavailable         503   yes (+ retry_after): ours, e.g. a throttled table
│   └── TokenRefreshInProgress      token_refresh_in_progress   503   yes
└── AppMisconfigured                app_misconfigured           503   (alarm; no user's state changes)

Rules: `detail` and `remedy` are fixed sentences or built from values of ours, never from a request, a token or a page.
A dead Atlassian grant is 409 `reconnect_required`, not 401: the caller's own sign-in is fine.
Class names are part of the contract of the pipeline step (Step Functions matches them); its error message is `detail`
and `remedy`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

LINKED = "Could not fetch linked source"


class ConnectorError(Exception):
    """Base of the tree. `members` are further problem+json members, `retry_after` whole seconds."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False
    title: ClassVar[str] = "Internal error"
    default_detail: ClassVar[str] = "Something went wrong on our side."
    default_retry_after: ClassVar[int | None] = None
    remedy: str = "Try again; if it persists, give your admin the request id."

    def __init__(
        self,
        detail: str | None = None,
        *,
        remedy: str | None = None,
        retry_after: int | None = None,
        **members: Any,
    ) -> None:
        self.detail = detail or self.default_detail
        if remedy is not None:
            self.remedy = remedy
        self.retry_after = self.default_retry_after if retry_after is None else retry_after
        self.members = members
        super().__init__(f"{self.detail} {self.remedy}")

    def of_linked_source(self) -> Self:
        """The same refusal, told as what it is to somebody who reads a linked document (D8)."""
        if not self.detail.startswith(LINKED):
            self.detail = f"{LINKED}: {self.detail[:1].lower()}{self.detail[1:]}"
            self.args = (f"{self.detail} {self.remedy}",)
        return self

    def of_search(self) -> Self:
        """The same refusal, told to somebody who is looking for pages and has no linked document before them."""
        if self.detail.startswith(f"{LINKED}: "):
            self.detail = f"Could not ask Confluence: {self.detail.removeprefix(f'{LINKED}: ')}"
            self.args = (f"{self.detail} {self.remedy}",)
        return self


# ── the request ─────────────────────────────────────────────────────────────────────────────────────────────────────


class BadRequest(ConnectorError):
    code, status, title = "invalid_request", 400, "Bad request"
    default_detail = "The request is not one this API understands."
    remedy = "Check the request against the API document."


class SpaceRequired(BadRequest):
    code, title = "space_required", "Space required"
    default_detail = "Pages are searched within one space, and none was named."
    remedy = "Pick a space and search with GET /connections/{id}/spaces/{key}/pages?title=."


class ConsentRefused(BadRequest):
    code, title = "access_denied", "Consent refused"
    default_detail = "Access was not granted on Atlassian's page; nothing was connected."
    remedy = "Connect again and choose Accept, or close this window if you changed your mind."


class ConsentBlocked(BadRequest):
    code, title = "consent_blocked", "Consent not possible"
    default_detail = "Atlassian ended the consent without granting access."
    remedy = "Ask your Atlassian admin whether this app may be used on your site, then connect again."


class IdempotencyKeyMissing(BadRequest):
    code, title = "idempotency_key_required", "Idempotency key required"
    default_detail = "This call creates something and needs the Idempotency-Key header."
    remedy = "Send Idempotency-Key with a fresh random value (1–128 printable characters); repeat it only to retry."


class Unauthenticated(ConnectorError):
    code, status, title = "unauthenticated", 401, "Not signed in"
    default_detail = "No verified sign-in came with this request."
    remedy = "Sign in again and send the access token as Authorization: Bearer."


class Forbidden(ConnectorError):
    code, status, title = "forbidden", 403, "Not allowed"
    default_detail = "Your role does not allow this."
    remedy = "Ask an admin of your workspace."


class NoWorkspace(Forbidden):
    code, title = "no_workspace", "No workspace"
    default_detail = "Your sign-in names no valid workspace."
    remedy = "Ask your admin to add the workspace claim to your account."


class ScopeMissing(Forbidden):
    code, title = "scope_missing", "Token scope missing"
    default_detail = "The access token lacks the scope that this call needs."
    remedy = "Request a token with connector/read for reading and connector/write for changes."


class OtherBrowser(Forbidden):
    code, title = "other_browser", "Another browser"
    default_detail = "This consent was begun in another browser, or this browser keeps no cookies."
    remedy = "Connect again and finish in the same browser, with cookies allowed for this address."


class OtherMember(Forbidden):
    code, title = "other_member", "Another member"
    default_detail = "Another member began this consent; it has been thrown away."
    remedy = "Start connecting yourself, in your own session."


class WorkspaceNotAllowed(Forbidden):
    code, title = "workspace_not_allowed", "Workspace not allowed"
    default_detail = "Pipelines of this deployment may not act for that workspace."
    remedy = "Add the workspace to the stack parameter PipelineWorkspaces."


class NotFound(ConnectorError):
    code, status, title = "not_found", 404, "Not found"
    default_detail = "There is nothing here that you may see."
    remedy = "Check the id; it may have been deleted or belong to somebody else."


class PageNotFound(NotFound):
    code, title = "page_not_found", "Page not found"
    default_detail = "Confluence has no such page, or the connected account may not see it."
    remedy = "Check the page in Confluence with the connected account."


class MethodNotAllowed(ConnectorError):
    code, status, title = "method_not_allowed", 405, "Method not allowed"
    default_detail = "This address does not answer that method."
    remedy = "Use a method named in the Allow header."

    def __init__(self, *, allow: Sequence[str] = ()) -> None:
        super().__init__()
        self.allow = tuple(allow)


class Conflict(ConnectorError):
    code, status, title = "conflict", 409, "Conflict"
    default_detail = "The current state does not allow this."
    remedy = "Read the current state and decide again."


class ConnectorNotEnabled(Conflict):
    code, title = "connector_not_enabled", "Connector not enabled"
    default_detail = "The Atlassian integration is not configured in this environment."
    remedy = "Contact your admin."


class SiteAlreadyChosen(Conflict):
    code, title = "site_already_chosen", "Site already chosen"
    default_detail = "A connection keeps its site for ever once it is chosen."
    remedy = "Disconnect and connect again to use another site."


class SiteNotChosen(Conflict):
    code, title = "site_not_chosen", "Site not chosen"
    default_detail = "This connection has several sites and none has been chosen yet."
    remedy = "Choose one of GET /connections/{id}/sites with PUT /connections/{id}/site."


class NoSite(Conflict):
    code, title = "no_site", "No Confluence site"
    default_detail = "This Atlassian account has access to no site with the product that is needed."
    remedy = "Ask the site's admin for access, or connect with another Atlassian account."


class OfflineAccessMissing(Conflict):
    code, title = "offline_access_missing", "Lasting access missing"
    default_detail = "Atlassian gave access for one hour only, without the right to renew it; nothing was stored."
    remedy = "Connect again; if it persists, ask your admin to check the Atlassian app's permissions."


class ConfirmationRequired(Conflict):
    code, title = "confirmation_required", "Confirmation required"
    default_detail = "The consent has not been confirmed by the member who started it."
    remedy = "Finish connecting in the window where you began, or start again."


class OtherAccountOrSite(Conflict):
    code, title = "other_account_or_site", "Another account or site"
    default_detail = "This consent was given by another account or for another site than before."
    remedy = 'Connect with the same account, or confirm again with "accept_change": true.'


class ScopesMissing(Conflict):
    code, title = "scopes_missing", "More rights needed"
    default_detail = "The stored grant lacks scopes that this needs."
    remedy = "Reconnect and accept all requested permissions."


class StillConnected(Conflict):
    code, title = "still_connected", "Connection still works"
    default_detail = "This document's own connection still works, so no other may take it over."
    remedy = "Refresh without naming a connection."


class NotLinked(Conflict):
    code, title = "not_linked", "Not a linked document"
    default_detail = "This document is a copy: it is frozen against Confluence and has nothing to refresh from."
    remedy = "Read it as it is, or import the page again as a link."


class InProgress(Conflict):
    code, title, retry = "in_progress", "Still in progress", True
    default_detail = "The same request is being worked on."
    remedy = "Wait a moment and repeat it with the same Idempotency-Key."


class LinkedReadOnly(Conflict):
    code, title = "linked_read_only", "Linked document"
    default_detail = "The source of truth of this document is Confluence."
    remedy = "Edit it in Confluence, then refresh from source."


class PreconditionFailed(ConnectorError):
    code, status, title = "precondition_failed", 412, "Changed meanwhile"
    default_detail = "Somebody changed this document after you read it."
    remedy = "Read it again, merge your change, and send it with the new ETag."


class PreconditionRequired(ConnectorError):
    code, status, title = "precondition_required", 428, "If-Match required"
    default_detail = "A change must name the version it was made from."
    remedy = "Send the ETag of the version you read as If-Match."


class TooLarge(ConnectorError):
    code, status, title = "too_large", 413, "Too large"
    default_detail = "This is larger than one request or answer may be."
    remedy = "Send less, or fetch the answer from download_url where one is given."


class UnsupportedMediaType(ConnectorError):
    code, status, title = "unsupported_media_type", 415, "Unsupported media type"
    default_detail = "The body must be JSON."
    remedy = "Send Content-Type: application/json."


class Unprocessable(ConnectorError):
    code, status, title = "validation_failed", 422, "Validation failed"
    default_detail = "The request has fields that are missing, unknown or of the wrong kind."
    remedy = "Correct the fields listed."


class UnsupportedPageUrl(Unprocessable):
    code, title = "unsupported_page_url", "Not a Confluence page URL"
    default_detail = "This is not a URL of a Confluence page that we can read."
    remedy = "Copy the URL from the browser's address bar while the page is open."


class OtherSite(Unprocessable):
    code, title = "other_site", "Another site"
    default_detail = "This URL belongs to another site than the connection's."
    remedy = "Use a connection to that site."


class SamePageTwice(Unprocessable):
    code, title = "same_page_twice", "Same page twice"
    default_detail = "PRD and TRD name the same page."
    remedy = "Pick another TRD page, or none."


class IdempotencyKeyReused(Unprocessable):
    code, title = "idempotency_key_reused", "Idempotency key reused"
    default_detail = "This Idempotency-Key was used with another request."
    remedy = "Use a fresh key for a new request."


class ContentUnreadable(Unprocessable):
    code, title = "content_unreadable", "Content unreadable"
    default_detail = "The page's content cannot be read safely."
    remedy = "Open the page in Confluence, save it again, and retry."


class TooManyRequests(ConnectorError):
    code, status, title, retry = "too_many_requests", 429, "Too many requests", True
    default_detail = "You have started this too many times."
    remedy = "Wait, then try again."


# ── linked sources ──────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── ourselves ───────────────────────────────────────────────────────────────────────────────────────────────────────


class ServiceUnavailable(ConnectorError):
    code, status, title, retry = "service_unavailable", 503, "Temporarily unavailable", True
    default_retry_after = 5
    default_detail = "A service that we depend on does not answer at the moment."
    remedy = "Try again in a minute."


class TokenRefreshInProgress(ServiceUnavailable):
    code, title = "token_refresh_in_progress", "Renewing the grant"
    default_detail = "The connection's grant is being renewed by another worker."
    remedy = "Try again in a few seconds."


class AppMisconfigured(ConnectorError):
    """The deployment's fault (wrong client secret, missing right, bad key). Alarms; changes no connection."""

    code, status, title = "app_misconfigured", 503, "Connector misconfigured"
    default_detail = "This deployment is not set up correctly; nothing of yours was changed."
    remedy = "Contact your admin with the request id."
