"""How a run can end. Each kind has an exit code of its own, so that a pipeline can tell them apart.

 0  the context file is there                        15  reconnect Confluence (revoked, unconfirmed, scopes, other site)
 1  unexpected, or an answer we do not understand    16  a page is gone: deleted, trashed or not visible
 2  wrong arguments                                  17  a page is forbidden
 3  the body or the event cannot be read             18  a page's content is unreadable, or too large
 4  the connector refused the request's fields       19  not allowed: sign-in, scope, workspace, AWS rights
 5  the context file cannot be written               20  rate limited by Atlassian; try again later
10  no page is named                                 21  Confluence does not answer; try again
11  too many pages are named                         22  the connector or AWS does not answer; try again
12  not a URL of a Confluence page                   23  the connector is misconfigured
13  a URL of a site that no connection has
14  no such connection
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

UNEXPECTED: Final = "unexpected_answer"
NO_ANSWER: Final = "no_answer"
EXIT_CODES: Final[Mapping[str, int]] = {
    UNEXPECTED: 1,
    "internal_error": 1,
    "input_unreadable": 3,
    "validation_failed": 4,
    "invalid_request": 4,
    "output_unwritable": 5,
    "no_references": 10,
    "too_many_references": 11,
    "unsupported_page_url": 12,
    "other_site": 13,
    "connection_not_found": 14,
    "not_found": 14,
    "reconnect_required": 15,
    "confirmation_required": 15,
    "site_not_chosen": 15,
    "site_changed": 15,
    "scopes_missing": 15,
    "page_gone": 16,
    "page_not_found": 16,
    "page_forbidden": 17,
    "content_unreadable": 18,
    "too_large": 18,
    "unauthenticated": 19,
    "forbidden": 19,
    "scope_missing": 19,
    "no_workspace": 19,
    "workspace_not_allowed": 19,
    "rate_limited": 20,
    "confluence_unavailable": 21,
    "upstream_protocol_error": 21,
    "service_unavailable": 22,
    "token_refresh_in_progress": 22,
    NO_ANSWER: 22,
    "app_misconfigured": 23,
}
NAMED_OTHERWISE: Final = {"Unprocessable": "validation_failed", "ConnectorError": "internal_error"}
"""Error names of the pipeline step whose code is not the name in small letters."""


@dataclass
class Failure(Exception):
    """Why there is no context file. `pages`: what was wrong with each page that could not be read."""

    code: str
    message: str
    pages: Sequence[Mapping[str, str]] = field(default_factory=tuple)

    @property
    def exit_code(self) -> int:
        return EXIT_CODES.get(self.code, 1)


def code_of(error_name: str) -> str:
    """The code behind an error name of the pipeline step: PageGone → page_gone."""
    return NAMED_OTHERWISE.get(error_name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error_name).lower()
