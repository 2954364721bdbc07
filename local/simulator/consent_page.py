"""The consent screen: one HTML form, no script, so that browsers and tests drive it alike."""

from collections.abc import Iterable
from html import escape

from local.simulator.accounts import ACCOUNTS
from local.simulator.sites import Site
from local.simulator.wire import Reply

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body{{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#172b4d}}
fieldset{{border:1px solid #dfe1e6;border-radius:6px;margin:1rem 0}}label{{display:block;padding:.2rem 0}}
code{{font-size:.85em}}button{{font:inherit;padding:.5rem 1.2rem;margin-right:.5rem}}small{{color:#5e6c84}}
</style></head><body>{body}</body></html>"""


def consent_page(
    query: Iterable[tuple[str, str]], scopes: frozenset[str], sites: Iterable[Site], destination: str
) -> Reply:
    """Who are you, which sites, allow or deny. The authorize request travels along in hidden fields."""
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in query)
    options = "".join(
        f'<option value="{escape(a.name)}">{escape(a.display_name)} ({escape(a.name)})</option>'
        for a in ACCOUNTS.values()
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="sites" value="{escape(site.cloud_id)}" checked> '
        f"{escape(site.name)} <small>{escape(site.url)}</small></label>"
        for site in sites
    )
    wanted = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in sorted(scopes))
    body = (
        "<h1>Connect to Atlassian</h1><p><small>This is the simulator. Nothing here reaches Atlassian.</small></p>"
        f"<p>An app at <b>{escape(destination)}</b> asks for:</p><ul>{wanted}</ul>"
        f'<form method="post" action="/authorize">{hidden}'
        f'<label for="account">Account</label><select id="account" name="account">{options}</select>'
        f"<fieldset><legend>Sites</legend>{boxes}"
        "<small>Sites that the account cannot use are left out.</small></fieldset>"
        '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>'
    )
    return Reply.html(PAGE.format(title="Connect to Atlassian", body=body))


def problem_page(detail: str) -> Reply:
    """What the authorize endpoint shows instead of redirecting somewhere it does not trust."""
    return Reply.html(
        PAGE.format(title="Something went wrong", body=f"<h1>Something went wrong</h1><p>{escape(detail)}</p>"), 400
    )
