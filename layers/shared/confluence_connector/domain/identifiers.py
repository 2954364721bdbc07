"""Identifiers. One id names one thing for ever; every one of ours carries at least 128 random bits."""

import re
from base64 import b32hexencode
from datetime import datetime
from typing import Final, Literal, NewType

WorkspaceId = NewType("WorkspaceId", str)
MemberId = NewType("MemberId", str)  # the token's `sub`
ConnectionId = NewType("ConnectionId", str)
ConsentId = NewType("ConsentId", str)
FeatureId = NewType("FeatureId", str)
DocumentId = NewType("DocumentId", str)
CloudId = NewType("CloudId", str)  # Atlassian's id of a site
SpaceId = NewType("SpaceId", str)
PageId = NewType("PageId", str)  # digits only
CorpusId = NewType("CorpusId", str)
RunId = NewType("RunId", str)
JobId = NewType("JobId", str)  # of a bulk import, or of what is done with a whole workspace
AgentId = NewType("AgentId", str)
ApprovalId = NewType("ApprovalId", str)
CallId = NewType("CallId", str)  # of an agent, in its audit trail
SynchronizerId = NewType("SynchronizerId", str)
IssueId = NewType("IssueId", str)  # Jira's; it survives moves, unlike the key
ActId = NewType("ActId", str)  # of a person on a page's issue, in the audit trail

RANDOM_BYTES: Final = 16
WORKSPACE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
PAGE: Final = re.compile(r"[0-9]{1,19}", re.ASCII)
OURS: Final = re.compile(r"(?:con|cst|ftr|doc|cor|run|job|agt|apr|acl|syn|act)_[0-9a-v]{36}", re.ASCII)

type Kind = Literal["con", "cst", "ftr", "doc", "cor", "run", "job", "agt", "apr", "acl", "syn", "act"]


def new_id(kind: Kind, now: datetime, random: bytes) -> str:
    """`<kind>_` and base32hex of 48 bits of milliseconds and 128 random bits: unguessable, and sorted by creation.

    `random` must be 16 bytes of a cryptographic source.
    """
    if len(random) != RANDOM_BYTES:
        raise ValueError("an id takes 16 random bytes")
    moment = int(now.timestamp() * 1000).to_bytes(6)
    return f"{kind}_{b32hexencode(moment + random).decode().rstrip('=').lower()}"
