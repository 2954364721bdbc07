"""The page that ends a consent: it tells the opener and closes, or goes on to the return target; else it is read.

It holds a status word and the completion code, which is worth something only in the session of the member who began
(A9). The message goes to the one configured origin (A20); nothing is loaded, cached or sent on as a referrer (A21).
"""

import json
from html import escape
from string import Template
from typing import Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from confluence_connector.errors import ConnectorError
from confluence_connector.settings import Settings

PENDING_CONFIRMATION: Final = "pending_confirmation"

PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style nonce="$nonce">
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; place-content: center; min-height: 100vh; }
main { max-width: 32rem; padding: 1.5rem; }
h1 { font-size: 1.25rem; }
</style>
</head>
<body data-connection="$connection" data-status="$status" data-code="$code">
<main role="status">
<h1>$title</h1>
<p>$detail</p>
<p>$remedy</p>
<p><a id="continue" href="$onward">Continue</a></p>
</main>
<script nonce="$nonce">
"use strict";
const { connection, status, code } = document.body.dataset;
const message = { type: "confluence-connector", connection_id: connection, status, code: code || null };
if (connection && window.opener && !window.opener.closed) {
  window.opener.postMessage(message, $origin);
  if (code) window.close();
} else if (connection) {
  window.location.replace(document.getElementById("continue").href);
}
</script>
</body>
</html>
""")


def finished(settings: Settings, nonce: str, connection_id: str, return_to: str | None, code: str) -> HTMLResponse:
    """The grant waits for its starter's confirmation."""
    return _page(
        settings,
        nonce,
        200,
        title="Almost connected",
        detail="Atlassian has given consent. You can close this window if it does not close by itself.",
        remedy="The connection becomes usable once you confirm it where you began.",
        connection=connection_id,
        status=PENDING_CONFIRMATION,
        code=code,
        onward=_onward(settings, return_to, connection_id, PENDING_CONFIRMATION, code),
    )


def failed(
    settings: Settings, nonce: str, error: ConnectorError, connection_id: str = "", return_to: str | None = None
) -> HTMLResponse:
    """Fixed sentences of ours, whatever came in. Without a known connection nobody is told but the reader."""
    page = _page(
        settings,
        nonce,
        error.status,
        title=error.title,
        detail=error.detail,
        remedy=error.remedy,
        connection=connection_id,
        status=error.code,
        code="",
        onward=_onward(settings, return_to, connection_id, error.code, ""),
    )
    if error.retry_after is not None:
        page.headers["retry-after"] = str(error.retry_after)
    return page


def _page(settings: Settings, nonce: str, http_status: int, **words: str) -> HTMLResponse:
    # `<` cannot occur in an origin (settings checks it), so the literal cannot end the script.
    origin = json.dumps(settings.console_origin)
    text = PAGE.substitute({name: escape(word) for name, word in words.items()}, nonce=nonce, origin=origin)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(text, http_status, {"content-security-policy": policy})


def _onward(settings: Settings, return_to: str | None, connection_id: str, status: str, code: str) -> str:
    """A configured address only (A9). The fragment never travels to a server."""
    target = settings.return_targets.get(return_to or "", f"{settings.console_origin}/")
    if not connection_id:
        return target
    words = {"connection_id": connection_id, "status": status} | ({"code": code} if code else {})
    return f"{target}#{urlencode(words)}"
