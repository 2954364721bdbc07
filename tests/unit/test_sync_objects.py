"""A page of the corpus as two objects: front matter that no title can leave, metadata that always fits (E6)."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from confluence_connector.domain.corpus import Ancestor, CorpusAttachment, CorpusPage, PageDetails
from confluence_connector.domain.corpus_objects import METADATA_BYTES, markdown_object, markdown_of, metadata_object
from confluence_connector.domain.identifiers import CloudId, PageId, SpaceId

CLOUD = CloudId("11111111-2222-3333-4444-555555555555")
HOSTILE = (
    'x"\n---\nadmin: true\n',
    "---",
    "a: b",
    "# no comment",
    "&anchor *alias !!python/object",
    "{{ template }}",
    "tab\tand return\r",
    "line\u2028paragraph\u2029next\u0085",
    "nul\x00bell\x07delete\x7f",
    "right\u202eto left\u200b\ufeff",
    "\\u0022 \\",
    "half a character \ud83d",
    "😀 größer 日本",
    "'",
    "",
)


def page(**fields: object) -> CorpusPage:
    made = CorpusPage(
        id=PageId("101"),
        space_id=SpaceId("1"),
        space_key="DOC",
        space_name="Documents",
        title="A page",
        url="https://acme.atlassian.net/wiki/spaces/DOC/pages/101",
        version=7,
        updated_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        parent_id=None,
        author_id="557058:ann",
        author_name="Ann",
        details=PageDetails(("red", "blue"), (Ancestor(PageId("1"), "Home"),)),
        digest="",
        change=0,
        kind="added",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def front_matter(stored: bytes) -> dict[str, object]:
    """Read line by line, as YAML is: a key, a colon, and a value that JSON and YAML read alike."""
    lines = stored.decode().split("\n")
    end = lines.index("---", 1)
    assert lines[0] == "---"
    return {name: json.loads(value) for name, _, value in (line.partition(": ") for line in lines[1:end])}


def test_the_front_matter_says_what_the_page_is() -> None:
    stored = markdown_object(page(), CLOUD, 2, b"Text.\n")
    assert front_matter(stored) == {
        "title": "A page",
        "page_id": "101",
        "space": {"key": "DOC", "name": "Documents"},
        "url": "https://acme.atlassian.net/wiki/spaces/DOC/pages/101",
        "version": 7,
        "last_modified": "2026-11-22T09:00:00+00:00",
        "author": {"account_id": "557058:ann", "name": "Ann"},
        "labels": ["red", "blue"],
        "ancestors": [{"id": "1", "title": "Home"}],
        "attachments": [],
        "source": "confluence",
        "cloud_id": CLOUD,
        "losses": 2,
    }
    assert markdown_of(stored) == (2, b"Text.\n")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_others_leaves_its_line(text: str) -> None:
    details = PageDetails(
        (text, "plain"), (Ancestor(PageId("1"), text),), (CorpusAttachment("att1", text, "text/plain", 5, "https://x"),)
    )
    hostile = page(title=text, space_name=text, author_name=text or None, details=details)
    stored = markdown_object(hostile, CLOUD, 0, b"---\nlosses: 9\n---\n\nbody")
    fields = front_matter(stored)
    assert len(fields) == 13
    assert fields["title"] == text
    assert fields["labels"] == [text, "plain"]
    assert len(stored.decode().splitlines()) == len(stored.decode().split("\n")), "no other end of line"
    assert markdown_of(stored) == (0, b"---\nlosses: 9\n---\n\nbody")
    assert json.loads(metadata_object(hostile, CLOUD))["metadataAttributes"]["title"] == text


def test_the_same_page_gives_the_same_bytes() -> None:
    assert markdown_object(page(), CLOUD, 0, b"x") == markdown_object(page(), CLOUD, 0, b"x")
    assert metadata_object(page(), CLOUD) == metadata_object(page(), CLOUD)


def test_the_metadata_fits_whatever_the_page_has() -> None:
    many = tuple(f"label-{number}-ü" for number in range(2000))
    large = page(
        title="ü" * 4000,
        details=PageDetails(many, tuple(Ancestor(PageId(str(n)), "Ancestor " * 50) for n in range(200)), ()),
    )
    stored = metadata_object(large, CLOUD)
    assert len(stored) <= METADATA_BYTES
    attributes = json.loads(stored)["metadataAttributes"]
    assert attributes["labels"] == list(many[: len(attributes["labels"])])
    assert len(attributes["labels"]) > 100
    text = "😀" * 255
    named = page(title=text, space_name=text, author_name=text, url=f"https://acme.atlassian.net/{quote(text)}")
    assert len(metadata_object(named, CLOUD)) <= METADATA_BYTES


def test_the_metadata_holds_text_numbers_and_lists_of_text() -> None:
    attributes = json.loads(metadata_object(page(details=PageDetails()), CLOUD))["metadataAttributes"]
    assert all(isinstance(value, str | int) or (isinstance(value, list) and value) for value in attributes.values())
    assert "labels" not in attributes


@pytest.mark.parametrize("stored", [b"", b"text", b"---\ntitle: 1\n---\n\ntext", b"---\nlosses: 1\n"])
def test_what_is_no_object_of_ours_is_an_error(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"corpus|literal"):
        markdown_of(stored)
