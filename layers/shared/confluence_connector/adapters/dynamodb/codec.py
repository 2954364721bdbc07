"""Nouns ↔ DynamoDB items, by pydantic over the domain's dataclasses. What does not fit is an error, not a guess.

The typed form is DynamoDB's own (AttributeValue in its API reference), for the kinds that we store: text, whole
numbers, booleans, bytes, lists, maps. boto3 has a serializer for it, behind an import of all of boto3's resources: 60
modules and a good part of a cold start.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import NoneType
from typing import Any, Final

from pydantic import TypeAdapter

STORED: Final[tuple[tuple[type, str, Callable[[Any], Any]], ...]] = (
    (NoneType, "NULL", lambda _: True),
    (bool, "BOOL", bool),  # before int: a bool is one
    (int, "N", str),
    (str, "S", str),
    (bytes, "B", bytes),
)
READ: Final[dict[str, Callable[[Any], Any]]] = {"NULL": lambda _: None, "BOOL": bool, "N": int, "S": str, "B": bytes}


@cache
def _adapter(noun: Any) -> TypeAdapter[Any]:
    return TypeAdapter(noun)


@cache
def _without_default(noun: Any) -> Mapping[str, None]:
    unset = [each for each in fields(noun) if each.default is MISSING and each.default_factory is MISSING]
    return {each.name: None for each in unset}


def to_item(value: Any, **attributes: Any) -> dict[str, Any]:
    """A noun's fields as attributes, in DynamoDB's typed form, with `attributes` (keys, TTL, index) beside them.

    A field that is None is left out.
    """
    noun: Any = type(value)
    dumped = _adapter(noun).dump_python(value, mode="json")
    return typed({name: field for name, field in dumped.items() if field is not None} | attributes)


def from_item[Noun](noun: type[Noun], item: dict[str, Any]) -> Noun:
    """The noun of an item; attributes that the noun does not have are left out, a field left out is its default or
    None. Raises pydantic.ValidationError, also where a field must not be None.
    """
    known: Any = noun
    there = {name: _plain(item[name]) for name in known.__dataclass_fields__ if name in item}
    value: Noun = _adapter(known).validate_python({**_without_default(known), **there})
    return value


def typed(attributes: dict[str, Any]) -> dict[str, Any]:
    """Raises TypeError for what we do not store, such as fractions: DynamoDB and Python round them differently."""
    return {name: _typed(value) for name, value in attributes.items()}


def untyped(item: dict[str, Any]) -> dict[str, Any]:
    """Raises ValueError for what we did not store."""
    return {name: _plain(value) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"M": typed(value)}
    if isinstance(value, (list, tuple)):
        return {"L": [_typed(inner) for inner in value]}
    for kind, name, stored in STORED:
        if isinstance(value, kind):
            return {name: stored(value)}
    raise TypeError(f"items of ours hold no {type(value).__name__}")


def _plain(value: dict[str, Any]) -> Any:
    ((name, inner),) = value.items()
    if name == "M":
        return untyped(inner)
    if name == "L":
        return [_plain(each) for each in inner]
    if name not in READ:
        raise ValueError("an attribute of a kind that we do not store")
    return READ[name](inner)
