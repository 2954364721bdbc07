"""Our own services, or this deployment."""

from confluence_connector.errors.refusal import ConnectorError


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
