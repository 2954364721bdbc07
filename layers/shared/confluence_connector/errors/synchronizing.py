"""Synchronizers, and what Jira says no to."""

from confluence_connector.errors.conflicts import Conflict
from confluence_connector.errors.refusal import ConnectorError
from confluence_connector.errors.requests import Forbidden, Unprocessable


class ConnectRequired(Conflict):
    code, title = "connect_required", "Connect your account"
    default_detail = "You act on issues with your own Atlassian account, and it is not connected here."
    remedy = 'Connect it: POST /connections with "owner": "user" and "purposes": ["link", "jira"].'


class PermissionsMissing(Conflict):
    code, title = "permissions_missing", "Rights missing in Jira"
    default_detail = "The technical user, whose account the connection uses, lacks rights in the project."
    remedy = "Give that account the named permissions in the Jira project, then try again."


class SpaceGone(Conflict):
    code, title = "space_gone", "Space gone"
    default_detail = "The space was removed or archived, or is hidden from the technical user."
    remedy = "Restore the space, or give the technical user's account the right to view it; then start a run."


class ProjectGone(Conflict):
    code, title = "project_gone", "Project gone"
    default_detail = "The Jira project was removed, or is hidden from the technical user."
    remedy = "Restore the project, or give the technical user's account Browse projects; then start a run."


class OutOfScope(Conflict):
    code, title = "out_of_scope", "Page out of scope"
    default_detail = "The page is not in this synchronizer's space, or not among the pages of its CQL."
    remedy = "Choose another page, or change the synchronizer."


class NotSelectable(Conflict):
    code, title = "not_selectable", "Not selected by hand"
    default_detail = "This synchronizer decides by its mode which pages have an issue."
    remedy = 'Use its CQL, or change its mode to "selected".'


class NoIssueYet(Conflict):
    code, title = "no_issue_yet", "No issue yet"
    default_detail = "The page's issue is being created."
    remedy = "Wait a moment and ask again."


class EditConflict(Conflict):
    code, title = "edit_conflict", "Changed at the same time"
    default_detail = "Somebody else changed the issue at the same moment, twice in a row; nothing was overwritten."
    remedy = "Read the issue again, then decide."


class TransitionUnavailable(Conflict):
    code, title = "transition_unavailable", "Transition not available"
    default_detail = "The issue cannot take this transition now, or not by this account."
    remedy = "Read the page's issue again: it lists the transitions that are open."


class IssueGone(ConnectorError):
    code, status, title = "issue_gone", 410, "Issue gone"
    default_detail = "The page's issue was deleted in Jira, or is hidden from the account."
    remedy = "Select the page again to have a new issue made."


class JiraForbidden(Forbidden):
    code, title = "jira_forbidden", "Not allowed in Jira"
    default_detail = "The Atlassian account may not do this in Jira."
    remedy = "Ask the admin of the Jira project for the right."


class FallbackRefused(JiraForbidden):
    code, title = "fallback_refused", "Nobody may act for you"
    default_detail = "Your account has no Jira access, and this synchronizer's technical user may not act for you here."
    remedy = "You need edit rights on the page and a synchronizer that allows it; or ask for access to Jira."


class JiraRefused(Unprocessable):
    """+ `fields`: the ids that Jira named; its own words are never repeated."""

    code, title = "jira_refused", "Jira refused this"
    default_detail = "Jira does not take these values."
    remedy = "Correct the named fields; an issue type that demands further fields cannot be used by a synchronizer."


class CqlRefused(Unprocessable):
    code, title = "cql_refused", "CQL not usable"
    default_detail = "The additional CQL is not a condition that Confluence understands."
    remedy = 'Give one condition, such as label = "spec", without "order by".'


class JiraUnavailable(ConnectorError):
    code, status, title, retry = "jira_unavailable", 503, "Jira unavailable", True
    default_detail = "Jira does not answer, or not in time."
    remedy = "Try again in a moment."
