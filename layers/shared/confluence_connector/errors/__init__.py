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
│   ├── WorkspaceNotAllowed         workspace_not_allowed       403   (pipeline step)
│   ├── AgentRefused                agent_refused               403   (the gate; never itself)
│   │   ├── UnknownOperation        unknown_operation           403
│   │   ├── Blocked                 blocked                     403
│   │   ├── GroupDisabled           group_disabled              403
│   │   ├── ReadOnly                read_only                   403
│   │   └── DeleteNotAllowed        delete_not_allowed          403
│   └── JiraForbidden               jira_forbidden              403
│       └── FallbackRefused         fallback_refused            403
├── NotFound                        not_found                   404
│   ├── PageNotFound                page_not_found              404
│   └── SectionNotFound             section_not_found           404
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
│   ├── SiteAlreadySynced           site_already_synced         409
│   ├── SyncNotSetUp                sync_not_set_up             409
│   ├── InProgress                  in_progress                 409   yes
│   ├── SectionAmbiguous            section_ambiguous           409   (+ candidates: numbers)
│   ├── AlreadyDecided              already_decided             409   (+ approval_status)
│   ├── VersionConflict             version_conflict            409   (+ current_version)
│   ├── ContentWouldBeLost          content_would_be_lost       409   (+ losses)
│   ├── ConnectRequired             connect_required            409
│   ├── PermissionsMissing          permissions_missing         409   (+ missing_permissions)
│   ├── SpaceGone                   space_gone                  409
│   ├── ProjectGone                 project_gone                409
│   ├── OutOfScope                  out_of_scope                409
│   ├── NotSelectable               not_selectable              409
│   ├── NoIssueYet                  no_issue_yet                409
│   ├── EditConflict                edit_conflict               409
│   ├── TransitionUnavailable       transition_unavailable      409
│   ├── WorkspaceBusy               workspace_busy              409   yes
│   ├── WorkspaceBeingErased        workspace_being_erased      409   yes (+ retry_after)
│   ├── WorkspaceTooLarge           workspace_too_large         409
│   └── LinkedReadOnly              linked_read_only            409   (+ view_url)
├── IssueGone                       issue_gone                  410
├── PreconditionFailed              precondition_failed         412
├── PreconditionRequired            precondition_required       428
├── TooLarge                        too_large                   413   (+ download_url)
├── UnsupportedMediaType            unsupported_media_type      415
├── Unprocessable                   validation_failed           422   (+ fields: names and kinds, never values)
│   ├── UnsupportedPageUrl          unsupported_page_url        422
│   ├── OtherSite                   other_site                  422
│   ├── SamePageTwice               same_page_twice             422
│   ├── NoReferences                no_references               422
│   ├── TooManyReferences           too_many_references         422
│   ├── WorkspaceOwnerRequired      workspace_owner_required    422
│   ├── IdempotencyKeyReused        idempotency_key_reused      422
│   ├── ContentUnreadable           content_unreadable          422
│   ├── StorageMalformed            storage_malformed           422
│   ├── MarkdownTooDeep             markdown_too_deep           422
│   ├── JiraRefused                 jira_refused                422   (+ fields: Jira's names of them)
│   ├── CqlRefused                  cql_refused                 422
│   └── ConfluenceRefused           confluence_refused          422   (+ upstream_status, confluence_said)
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
├── JiraUnavailable                 jira_unavailable            503   yes (+ retry_after)
├── WriteOutcomeUnknown             outcome_unknown             504   (a write whose answer was lost; never sent again)
└── AppMisconfigured                app_misconfigured           503   (alarm; no user's state changes)

Rules: `detail` and `remedy` are fixed sentences or built from values of ours, never from a request, a token or a page.
A dead Atlassian grant is 409 `reconnect_required`, not 401: the caller's own sign-in is fine.
Class names are part of the contract of the pipeline step (Step Functions matches them); its error message is `detail`
and `remedy`.
"""

from confluence_connector.errors.agents import (
    AgentRefused,
    AlreadyDecided,
    Blocked,
    DeleteNotAllowed,
    GroupDisabled,
    ReadOnly,
    UnknownOperation,
    WriteOutcomeUnknown,
)
from confluence_connector.errors.conflicts import (
    ConfirmationRequired,
    Conflict,
    ConnectorNotEnabled,
    InProgress,
    LinkedReadOnly,
    NoSite,
    NotLinked,
    OfflineAccessMissing,
    OtherAccountOrSite,
    PreconditionFailed,
    PreconditionRequired,
    ScopesMissing,
    SiteAlreadyChosen,
    SiteAlreadySynced,
    SiteNotChosen,
    StillConnected,
    SyncNotSetUp,
)
from confluence_connector.errors.linked_sources import (
    ConfluenceUnavailable,
    ConnectionNotFound,
    LinkedSourceError,
    PageForbidden,
    PageGone,
    RateLimited,
    ReconnectRequired,
    SiteChanged,
    UpstreamProtocolError,
)
from confluence_connector.errors.ourselves import (
    AppMisconfigured,
    ServiceUnavailable,
    TokenRefreshInProgress,
)
from confluence_connector.errors.refusal import LINKED, ConnectorError
from confluence_connector.errors.requests import (
    BadRequest,
    ConsentBlocked,
    ConsentRefused,
    ContentUnreadable,
    Forbidden,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    MethodNotAllowed,
    NoReferences,
    NotFound,
    NoWorkspace,
    OtherBrowser,
    OtherMember,
    OtherSite,
    PageNotFound,
    SamePageTwice,
    ScopeMissing,
    SpaceRequired,
    TooLarge,
    TooManyReferences,
    TooManyRequests,
    Unauthenticated,
    Unprocessable,
    UnsupportedMediaType,
    UnsupportedPageUrl,
    WorkspaceNotAllowed,
    WorkspaceOwnerRequired,
)
from confluence_connector.errors.synchronizing import (
    ConnectRequired,
    CqlRefused,
    EditConflict,
    FallbackRefused,
    IssueGone,
    JiraForbidden,
    JiraRefused,
    JiraUnavailable,
    NoIssueYet,
    NotSelectable,
    OutOfScope,
    PermissionsMissing,
    ProjectGone,
    SpaceGone,
    TransitionUnavailable,
)
from confluence_connector.errors.workspaces import WorkspaceBeingErased, WorkspaceBusy, WorkspaceTooLarge
from confluence_connector.errors.writing import (
    ConfluenceRefused,
    ContentWouldBeLost,
    MarkdownTooDeep,
    SectionAmbiguous,
    SectionNotFound,
    StorageMalformed,
    VersionConflict,
)

__all__ = [
    "LINKED",
    "AgentRefused",
    "AlreadyDecided",
    "AppMisconfigured",
    "BadRequest",
    "Blocked",
    "ConfirmationRequired",
    "Conflict",
    "ConfluenceRefused",
    "ConfluenceUnavailable",
    "ConnectRequired",
    "ConnectionNotFound",
    "ConnectorError",
    "ConnectorNotEnabled",
    "ConsentBlocked",
    "ConsentRefused",
    "ContentUnreadable",
    "ContentWouldBeLost",
    "CqlRefused",
    "DeleteNotAllowed",
    "EditConflict",
    "FallbackRefused",
    "Forbidden",
    "GroupDisabled",
    "IdempotencyKeyMissing",
    "IdempotencyKeyReused",
    "InProgress",
    "IssueGone",
    "JiraForbidden",
    "JiraRefused",
    "JiraUnavailable",
    "LinkedReadOnly",
    "LinkedSourceError",
    "MarkdownTooDeep",
    "MethodNotAllowed",
    "NoIssueYet",
    "NoReferences",
    "NoSite",
    "NoWorkspace",
    "NotFound",
    "NotLinked",
    "NotSelectable",
    "OfflineAccessMissing",
    "OtherAccountOrSite",
    "OtherBrowser",
    "OtherMember",
    "OtherSite",
    "OutOfScope",
    "PageForbidden",
    "PageGone",
    "PageNotFound",
    "PermissionsMissing",
    "PreconditionFailed",
    "PreconditionRequired",
    "ProjectGone",
    "RateLimited",
    "ReadOnly",
    "ReconnectRequired",
    "SamePageTwice",
    "ScopeMissing",
    "ScopesMissing",
    "SectionAmbiguous",
    "SectionNotFound",
    "ServiceUnavailable",
    "SiteAlreadyChosen",
    "SiteAlreadySynced",
    "SiteChanged",
    "SiteNotChosen",
    "SpaceGone",
    "SpaceRequired",
    "StillConnected",
    "StorageMalformed",
    "SyncNotSetUp",
    "TokenRefreshInProgress",
    "TooLarge",
    "TooManyReferences",
    "TooManyRequests",
    "TransitionUnavailable",
    "Unauthenticated",
    "UnknownOperation",
    "Unprocessable",
    "UnsupportedMediaType",
    "UnsupportedPageUrl",
    "UpstreamProtocolError",
    "VersionConflict",
    "WorkspaceBeingErased",
    "WorkspaceBusy",
    "WorkspaceNotAllowed",
    "WorkspaceOwnerRequired",
    "WorkspaceTooLarge",
    "WriteOutcomeUnknown",
]
