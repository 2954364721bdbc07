"""api.atlassian.com outside the products: which sites a token reaches, and who its account is."""

from collections.abc import Mapping

from local.simulator.accounts import ACCOUNTS, Account
from local.simulator.grants import Grant
from local.simulator.jira.nouns import JiraSite
from local.simulator.sites import Site
from local.simulator.wire import JsonObject

ACCOUNT_WIDE = frozenset({"offline_access", "read:me", "read:account", "report:personal-data"})


def accessible_resources(
    grant: Grant, scopes: frozenset[str], sites: Mapping[str, Site], jira: Mapping[str, JiraSite]
) -> list[JsonObject]:
    """One entry per site *and product*, so an id may come twice; the product shows in `scopes` only."""
    found: list[JsonObject] = []
    for cloud_id, product in _listing(ACCOUNTS[grant.account], jira):
        if cloud_id not in grant.cloud_ids:
            continue
        site = sites[cloud_id]
        found.append(
            {
                "id": cloud_id,
                "url": site.url,
                "name": site.name,
                "scopes": sorted(scope for scope in scopes if _product(scope) == product),
                "avatarUrl": f"https://site-admin-avatar-cdn.prod.public.atl-paas.net/avatars/240/{site.name}.png",
            }
        )
    return found


def me(account: Account) -> JsonObject:
    """The User Identity API's answer, in its snake case."""
    return {
        "account_type": "atlassian",
        "account_id": account.account_id,
        "email": account.email,
        "name": account.display_name,
        "picture": f"https://avatar-management--avatars.us-west-2.prod.public.atl-paas.net/{account.name}.png",
        "account_status": account.status,
        "nickname": account.name,
        "zoneinfo": account.zone,
        "locale": "en-GB",
        "extended_profile": {"job_title": "", "organization": "Acme", "department": "", "location": ""},
    }


def _listing(account: Account, jira: Mapping[str, JiraSite]) -> list[tuple[str, str]]:
    """As the account began, with what has become of its Jira since: given ones come last."""
    given = [(cloud_id, "jira") for cloud_id, site in jira.items() if account.account_id in site.members]
    kept = [each for each in account.listing if each[1] != "jira" or each in given]
    return list(dict.fromkeys([*kept, *given]))


def _product(scope: str) -> str | None:
    """Granular scopes end in the product; classic ones name it inside or are of one product only."""
    if scope in ACCOUNT_WIDE:
        return None
    return "jira" if "jira" in scope else "confluence"
