"""Bad manners of clients: each is refused loudly where it happens and kept here, so that a test can assert none."""

from dataclasses import asdict, dataclass
from typing import Literal

type Kind = Literal[
    "undocumented_parameter",
    "undocumented_member",
    "undocumented_operation",
    "parameter_out_of_range",
    "bad_media_type",
    "no_xsrf_header",
    "bearer_to_other_host",
    "unknown_host",
    "token_in_query",
    "refresh_token_reuse",
    "bad_authorize_request",
    "cursor_misuse",
    "not_simulated",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing a client did that the documents do not allow. Never carries a token or a body."""

    kind: Kind
    method: str
    path: str
    detail: str


class Manners:
    """The list of violations of this run."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def record(self, kind: Kind, method: str, path: str, detail: str) -> None:
        """Remember one."""
        self.violations.append(Violation(kind, method, path, detail))

    def as_json(self) -> list[dict[str, str]]:
        """For `GET /_simulator/violations`."""
        return [asdict(violation) for violation in self.violations]
