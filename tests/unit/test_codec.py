"""DynamoDB's typed form, held against boto3's own serializer."""

from enum import StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed, untyped
from confluence_connector.domain.connections import Connection
from confluence_connector.domain.documents import Document
from tests.conftest import MovableClock
from tests.reading import a_connection, a_link

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | texts | st.binary(max_size=20)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))


@given(st.dictionaries(texts, values, max_size=5))
def test_the_typed_form_is_boto3s_and_comes_back(attributes: dict[str, Any]) -> None:
    form = typed(attributes)
    assert form == {name: TypeSerializer().serialize(value) for name, value in attributes.items()}
    assert untyped(form) == attributes


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), [1.0], {"inner": 0.5}])
def test_what_we_do_not_store_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        typed({"value": value})


@pytest.mark.parametrize(
    "value", [{"N": "1.5"}, {"SS": ["a"]}, {"M": {"inner": {"NS": ["1"]}}}, {}, {"S": "", "N": "1"}]
)
def test_what_we_did_not_store_is_no_item_of_ours(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        untyped({"value": value})


def test_a_words_kind_is_stored_as_text() -> None:
    kind = StrEnum("kind", {"A": "a"})
    assert typed({"kind": kind("a")}) == {"kind": {"S": "a"}}
    assert type(typed({"kind": kind("a")})["kind"]["S"]) is str


@pytest.mark.parametrize("made", [a_connection, a_link])
def test_nouns_come_back_as_they_were(clock: MovableClock, made: Any) -> None:
    noun: Connection | Document = made(clock())
    item = to_item(noun, pk="p", sk="s", expires_at=5)
    assert from_item(type(noun), item) == noun
    assert {name: TypeDeserializer().deserialize(value) for name, value in item.items()}["expires_at"] == 5
