"""How large an answer is by the time Lambda hands it to API Gateway."""

import json

from confluence_connector.limits import ANSWER_BYTES


def fits(body: str) -> bool:
    """Lambda returns 6 MiB at most, and a body travels in there as a JSON string: quotes and line ends count twice."""
    return len(body) * 4 <= ANSWER_BYTES or len(json.dumps(body, ensure_ascii=False).encode()) <= ANSWER_BYTES
