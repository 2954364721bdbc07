"""Nouns ↔ DynamoDB items, by pydantic over the domain's dataclasses. What does not fit is an error, not a guess."""

from functools import cache
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


@cache
def _adapter(noun: Any) -> TypeAdapter[Any]:
    return TypeAdapter(noun)


def to_item(value: Any, **attributes: Any) -> dict[str, Any]:
    """A noun's fields as attributes, in DynamoDB's typed form, with `attributes` (keys, TTL, index) beside them."""
    noun: Any = type(value)
    fields = _adapter(noun).dump_python(value, mode="json")
    return typed({name: field for name, field in fields.items() if field is not None} | attributes)


def from_item[Noun](noun: type[Noun], item: dict[str, Any]) -> Noun:
    """The noun of an item; attributes that the noun does not have are left out. Raises pydantic.ValidationError."""
    plain = untyped(item)
    known: Any = noun
    names = known.__dataclass_fields__
    value: Noun = _adapter(known).validate_python({name: plain[name] for name in names if name in plain})
    return value


def typed(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in attributes.items()}


def untyped(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(_deserialize(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    """Decimals are ints here (we store no fractions); bytes come out of boto3's wrapper."""
    if isinstance(value, Binary):
        inner: bytes = value.value  # type: ignore[attr-defined]  # the stubs do not know it
        return inner
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if type(value).__name__ == "Decimal" else value
