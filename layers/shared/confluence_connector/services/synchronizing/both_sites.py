"""The two sites that a connection for synchronizers works on, and the account that it works as."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Site
from confluence_connector.errors import ConnectorError, NoSite, ScopesMissing, SiteNotChosen


@dataclass(frozen=True, slots=True)
class BothSites:
    confluence: Site
    jira: Site
    account_id: str


def both_sites(connection: Connection) -> BothSites:
    """Raises what makes the connection unusable for synchronizers, and NoSite where the account has no Jira."""
    if reason := connection.unusable_because("jira"):
        raise reason.of_search()
    if "jira" not in connection.purposes:  # its scopes may be there: Atlassian grants them to an account, not to us
        raise ScopesMissing(
            "This connection was not made for Jira.", remedy='Reconnect it with the purpose "jira".', missing_scopes=[]
        )
    if connection.site is None or connection.account is None:
        raise SiteNotChosen
    if connection.jira_site is None:
        raise NoSite
    return BothSites(connection.site, connection.jira_site, connection.account.id)


@contextmanager
def told_to_who_asks() -> Iterator[None]:
    """Refusals inside it speak to somebody who has no linked document before them."""
    try:
        yield
    except ConnectorError as error:
        raise error.of_search() from None
