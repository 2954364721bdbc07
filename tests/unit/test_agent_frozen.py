"""A request as it is sent: the same bytes every time, and back again."""

from typing import Any

import pytest

from confluence_connector.domain.agents.classify import classify, classify_again
from confluence_connector.domain.agents.frozen import frozen, thawed
from confluence_connector.errors import Unprocessable

PAGE = "/wiki/api/v2/pages/4711"


@pytest.mark.parametrize("title", ["Plain", "Grüße\u2028\r\n", "\ud83d half a character", "\U0001f600"])
def test_what_was_frozen_thaws_to_the_same_request(title: str) -> None:
    body: dict[str, Any] = {"title": title, "version": {"number": 2}, "order": [3, 1.5, None, True]}
    request = classify("PUT", PAGE, body=body).request
    kept = frozen(request)
    assert (kept.body or b"").decode()  # UTF-8, whatever is in it
    again = classify_again(thawed(kept)).request
    assert again == request
    assert frozen(again) == kept


def test_any_other_request_has_another_hash() -> None:
    asked: list[tuple[str, str, dict[str, str] | None, Any]] = [
        ("PUT", PAGE, None, {"a": "bc"}),
        ("PUT", PAGE, None, {"ab": "c"}),
        ("PUT", f"{PAGE}1", None, {"a": "bc"}),
        ("PUT", "/wiki/api/v2/blogposts/4711", None, {"a": "bc"}),
        ("DELETE", PAGE, None, None),
        ("DELETE", PAGE, {"draft": "true"}, None),
        ("DELETE", PAGE, {"draft": "false"}, None),
    ]
    assert len({frozen(classify(*each).request).hash for each in asked}) == len(asked)


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(Unprocessable):
        frozen(classify("PUT", PAGE, body={"title": float("inf")}).request)
