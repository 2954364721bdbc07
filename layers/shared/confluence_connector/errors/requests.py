"""What is wrong with a request: its sign-in, its rights, its address, its fields."""

from collections.abc import Sequence

from confluence_connector.errors.refusal import ConnectorError
from confluence_connector.limits import REFERENCES


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


class NoReferences(Unprocessable):
    code, title = "no_references", "No page named"
    default_detail = "The text marks no page to fetch."
    remedy = (
        "Write the command, @droid fill unless you chose another, and after it the page's URL; not in code or a quote."
    )


class TooManyReferences(Unprocessable):
    code, title = "too_many_references", "Too many pages named"
    default_detail = f"One call reads at most {REFERENCES} pages."
    remedy = "Name fewer pages, or read them in several calls."


class WorkspaceOwnerRequired(Unprocessable):
    code, title = "workspace_owner_required", "Workspace connection required"
    default_detail = "Sync, agents and synchronizers work with a workspace's connection, not with a member's own."
    remedy = 'Ask an admin to connect with "owner": "workspace", or connect your own account for "link" only.'


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
