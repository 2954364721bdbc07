"""What is done with a whole workspace, and what has to wait for it."""

from confluence_connector.errors.conflicts import Conflict


class WorkspaceBusy(Conflict):
    code, title, retry = "workspace_busy", "Workspace busy", True
    default_detail = "This workspace is being exported or erased at the moment."
    remedy = "Wait until that job is over; GET /workspace/jobs/{id} shows how far it is."


class WorkspaceBeingErased(Conflict):
    code, title, retry = "workspace_being_erased", "Workspace being erased", True
    default_detail = "An admin has asked for everything of this workspace to be deleted; nothing new can begin in it."
    remedy = "Wait until it is done. The workspace is empty then, and can be used again."


class WorkspaceTooLarge(Conflict):
    code, title = "workspace_too_large", "Too much for one archive"
    default_detail = "The workspace holds more than one archive can."
    remedy = "Disconnect a connection whose corpus you do not need in it, or read the corpus over its change feed."
