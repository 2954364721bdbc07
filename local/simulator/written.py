"""What a client wrote: request bodies by the documents' own shapes, and page bodies as Confluence keeps them."""

import json
from random import Random
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError
from pydantic.alias_generators import to_camel

from local.simulator import refusals
from local.simulator.call import Call
from local.simulator.storage_normaliser import MalformedStorage, check, normalised

type Representation = Literal["storage", "atlas_doc_format", "wiki"]


class Written(BaseModel):
    """A request body. Members the documents do not name are a client's mistake, and strings are not numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class Body(Written):
    """A body in one representation."""

    representation: Representation
    value: str


class Bodies(Written):
    """The other documented spelling: the body under its representation's name. Only one may be given."""

    model_config = ConfigDict(alias_generator=None)

    storage: Body | None = None
    atlas_doc_format: Body | None = None
    wiki: Body | None = None


type AnyBody = Annotated[
    Annotated[Body, Tag("one")] | Annotated[Bodies, Tag("named")],
    Discriminator(lambda value: "one" if isinstance(value, dict) and "representation" in value else "named"),
]


class NextVersion(Written):
    """The version an update claims to make."""

    number: int
    message: str = ""


def read[T: BaseModel](call: Call, model: type[T]) -> T:
    """The request's body as `model`; 400 for one that does not fit, and a violation for undocumented members."""
    try:
        return model.model_validate(call.body)
    except ValidationError as problem:
        first = problem.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"] if each not in {"one", "named"})
        if first["type"] == "extra_forbidden":
            detail = f"{call.operation.endpoint} has no member {place}"
            call.world.manners.record("undocumented_member", call.request.method, call.path, detail)
        raise refusals.product(call.path, 400, f"{place or 'The body'}: {first['msg']}") from None


def stored(call: Call, body: Body | Bodies | None, content_id: str, number: int) -> tuple[str | None, str | None]:
    """The storage and ADF that version `number` of the content will hold; what was not written is not there."""
    one = _only(body)
    if one is None:
        return "", None
    match one.representation:
        case "storage":
            ids = Random(f"{call.world.seed}:{content_id}:{number}")  # noqa: S311 - the same in every run of a test
            return _storage(call, one.value, ids), None
        case "atlas_doc_format":
            return None, _document(one.value)
        case "wiki":
            raise call.not_simulated("a body in wiki markup")


def _only(body: Body | Bodies | None) -> Body | None:
    if not isinstance(body, Bodies):
        return body
    given = [each for each in (body.storage, body.atlas_doc_format, body.wiki) if each is not None]
    if len(given) != 1:
        raise refusals.v2(400, "Exactly one body representation must be given")
    return given[0]


def _storage(call: Call, value: str, random: Random) -> str:
    try:
        if call.world.behaviour.normalises_storage:
            return normalised(value, random)
        check(value)
    except MalformedStorage as problem:
        raise refusals.v2(400, str(problem)) from None
    return value


def _document(value: str) -> str:
    try:
        document: Any = json.loads(value)
    except ValueError:
        raise refusals.v2(400, "The ADF body is not JSON") from None
    if not isinstance(document, dict) or document.get("type") != "doc" or document.get("version") != 1:
        raise refusals.v2(400, "The ADF body is not a document of version 1")
    return value
