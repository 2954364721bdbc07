"""Whatever an admin writes as additional CQL stays inside its fence, or is refused (G2, M5).

The judge is another reader of CQL than ours: the simulator's, which takes a query apart into a tree.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_connector.domain.cql_fence import among, fenced
from confluence_connector.domain.identifiers import PageId
from confluence_connector.errors import CqlRefused
from confluence_connector.limits import ADDITIONAL_CQL_LENGTH
from local.simulator.cql import Clause, CqlError, CqlQuery, Joined, parse

SPACE = Clause("space", "=", ("SHOP",))
PAGE = Clause("type", "=", ("page",))

FINE = [
    'label = "spec"',
    '  label = "spec"  ',
    'label in ("a", "b") and (title ~ "x*" or not creator = currentUser())',
    'title = "a) OR (b"',
    'title = "say \\"order by\\" (twice"',
    'title = "back\\\\slash" AND created > now("-4w")',
    'title = "it\'s"',
    'lastmodified >= startOfYear("-1y") and label = border',
    'title = "Größe 😀 \u202e"',
]
HOSTILE = [
    "",
    "   ",
    'label = "a") OR (type = page',
    'label = "a") OR type = page OR (label = "b"',
    ") OR (",
    "((label = x)",
    "label = x)",
    "label = (x",
    'label = "a',
    'label = a"',
    'title = "a\\") OR (type = page',
    'title = \\" ) OR (type = page) OR ( title = "',
    "title = 'a) OR (b'",
    "title = ' \" ' ) OR ( title = ' \" '",
    "label = x order by created",
    "label = x ORDER\u00a0BY created desc",
    'label = x order"x"by created',
    "label = x) order by (created",
    "label = x\nOR type = page",
    "label = x\x00",
    "label = x\u2028",
    "label = x\ud800",
    "label = x\x1b[0m",
    "label = \\x",
    "x" * (ADDITIONAL_CQL_LENGTH + 1),
]


def inside(query: CqlQuery) -> object:
    """What stands in the fence. The fence is all there is beside it."""
    assert query.order == ()
    assert isinstance(query.tree, Joined)
    assert (query.tree.word, query.tree.left) == ("and", Joined("and", SPACE, PAGE))
    return query.tree.right


@pytest.mark.parametrize("condition", FINE)
def test_M5_one_condition_means_in_the_fence_what_it_means_alone(condition: str) -> None:
    assert inside(parse(fenced("SHOP", condition))) == parse(condition).tree


@pytest.mark.parametrize("condition", HOSTILE, ids=range(len(HOSTILE)))
def test_M5_what_would_leave_the_fence_or_could_be_read_otherwise_is_refused(condition: str) -> None:
    with pytest.raises(CqlRefused) as refused:
        fenced("SHOP", condition)
    assert not condition.strip() or condition not in str(refused.value)


PIECES = st.sampled_from(
    [
        "(",
        ")",
        '"',
        "\\",
        "'",
        " ",
        "label",
        " = ",
        "x",
        " or ",
        " and ",
        " not ",
        "order by",
        "type = page",
        "in",
        ",",
        "\n",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_M5_every_parse_of_a_fence_ends_at_the_fence(condition: str) -> None:
    try:
        query = parse(fenced("SHOP", condition))
    except (CqlRefused, CqlError):  # CqlError: Confluence says so, and the query finds nothing
        return
    inside(query)


@given(st.text(max_size=40))
def test_M5_any_text_is_refused_or_stays_inside(condition: str) -> None:
    try:
        query = parse(fenced("SHOP", condition))
    except (CqlRefused, CqlError):
        return
    inside(query)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30))
def test_M5_any_text_in_quotes_is_one_value(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert inside(parse(fenced("SHOP", f'title = "{escaped}"'))) == Clause("title", "=", (text,))


@given(st.text(min_size=1, max_size=30))
def test_M5_a_space_key_is_one_value_whatever_is_in_it(key: str) -> None:
    query = parse(fenced(key))
    assert query.tree == Joined("and", Clause("space", "=", (key,)), PAGE)


def test_without_a_condition_the_whole_space_is_meant() -> None:
    assert fenced("SHOP") == 'space = "SHOP" AND type = page'


def test_pages_are_named_behind_the_fence() -> None:
    query = parse(among(fenced("SHOP", "label = x or label = y"), [PageId("1"), PageId("22")]))
    assert isinstance(query.tree, Joined)
    assert query.tree.right == Clause("id", "in", ("1", "22"))
    assert isinstance(inside(CqlQuery(query.tree.left, ())), Joined)


@pytest.mark.parametrize("ids", [[], ["1", "2) OR (type = page"], ["x"], ["\u0661"]])
def test_M5_what_is_no_id_is_never_asked_for(ids: list[str]) -> None:
    with pytest.raises(ValueError, match="not ids"):
        among(fenced("SHOP"), [PageId(each) for each in ids])
