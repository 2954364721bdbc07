"""The request is fine; the present state does not allow it."""

from confluence_connector.errors.refusal import ConnectorError


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


class SiteAlreadySynced(Conflict):
    code, title = "site_already_synced", "Site already synced"
    default_detail = "Another connection of this workspace syncs the same site."
    remedy = "Use that connection's sync, or disconnect it first."


class SyncNotSetUp(Conflict):
    code, title = "sync_not_set_up", "No sync here"
    default_detail = "This connection has no space sync, or it has not begun yet."
    remedy = 'Reconnect with the purpose "sync" and wait a moment; only a workspace-owned connection can have one.'


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
