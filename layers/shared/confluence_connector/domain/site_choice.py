"""Which site a connection is pinned to (A4): a single one is used, among several a person chooses, never the first."""

from collections.abc import Iterable
from dataclasses import replace

from confluence_connector.domain.connections import Connection, Site, Status
from confluence_connector.domain.grants import with_scopes_checked
from confluence_connector.domain.scopes import Purpose


def usable_sites(sites: Iterable[Site], purposes: frozenset[Purpose]) -> tuple[Site, ...]:
    """Those with a product that `purposes` work on. Every purpose reads Confluence pages; `jira` takes Jira as well."""
    wanted = {"confluence"} | ({"jira"} if "jira" in purposes else set())
    found = tuple(site for site in sites if wanted & set(site.products))
    return found if any("confluence" in site.products for site in found) else ()


def settled(connection: Connection) -> Connection:
    """Its sites and its status, after a consent or a choice. Nothing is chosen where there is more than one."""
    site = connection.site or _only(connection.offered_sites, "confluence")
    jira_site = connection.jira_site
    if "jira" in connection.purposes and site and jira_site is None:
        jira_site = site if "jira" in site.products else _only(connection.offered_sites, "jira")
    open_choice = site is None or ("jira" in connection.purposes and jira_site is None and _has(connection, "jira"))
    if open_choice:
        return replace(connection, site=site, jira_site=jira_site, status=Status.CHOOSING_SITE, reason=None)
    return with_scopes_checked(
        replace(connection, site=site, jira_site=jira_site, offered_sites=(), status=Status.CONNECTED, reason=None)
    )


def _only(sites: Iterable[Site], product: str) -> Site | None:
    having = [site for site in sites if product in site.products]
    return having[0] if len(having) == 1 else None


def _has(connection: Connection, product: str) -> bool:
    return any(product in site.products for site in connection.offered_sites)
