"""A page of the corpus as two objects: Markdown with YAML front matter, and the metadata that goes with it (E6).

Threat: titles, labels and names are other people's text. Every value is written as JSON, which YAML 1.2 takes as it is
(its chapter 1.3), with everything escaped that some reader takes for the end of a line or does not show: no title ends
its line, its quotes or the block. The same page gives the same bytes, so that an unchanged one is not written again.

The sidecar is what Amazon Bedrock Knowledge Bases read beside `<key>`, as `<key>.metadata.json` of at most 10 KB, with
text, numbers, booleans and lists of text ("Connect a data source", Amazon Bedrock User Guide).
"""

import json
import re
from typing import Final

from confluence_connector.domain.corpus import CorpusPage
from confluence_connector.domain.identifiers import CloudId

FENCE: Final = b"---\n"
UNSEEN: Final = re.compile("[\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]")
"""Beyond what JSON escapes by itself: C1 controls, other ends of lines, marks of direction, halves of characters."""
AS_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode
"""Made once: `json.dumps` makes one for every value."""
METADATA_BYTES: Final = 10_000
METADATA_TEXT_BYTES: Final = 1_500
"""Of one text in the metadata, as JSON, where one character may be twelve; the object itself has it whole."""


def markdown_object(page: CorpusPage, cloud_id: CloudId, losses: int, markdown: bytes) -> bytes:
    """UTF-8: front matter, then the Markdown. `losses`: lines of the conversion's report (C7)."""
    author = {"account_id": page.author_id} | ({"name": page.author_name} if page.author_name else {})
    fields: dict[str, object] = {
        "title": page.title,
        "page_id": page.id,
        "space": {"key": page.space_key, "name": page.space_name},
        "url": page.url,
        "version": page.version,
        "last_modified": page.updated_at.isoformat(),
        "author": author if page.author_id else None,
        "labels": page.details.labels,
        "ancestors": [{"id": each.id, "title": each.title} for each in page.details.ancestors],
        "attachments": [
            {"id": each.id, "name": each.name, "media_type": each.media_type, "size": each.size, "url": each.url}
            for each in page.details.attachments
        ],
        "source": "confluence",
        "cloud_id": cloud_id,
        "losses": losses,
    }
    lines = "".join(f"{name}: {_yaml(value)}\n" for name, value in fields.items())
    return FENCE + lines.encode() + FENCE + b"\n" + markdown


def markdown_of(stored: bytes) -> tuple[int, bytes]:
    """Losses and Markdown of an object as `markdown_object` writes it. Raises ValueError."""
    head, fence, markdown = stored.removeprefix(FENCE).partition(b"\n" + FENCE + b"\n")
    name, _, losses = head.rpartition(b"\n")[2].partition(b": ")
    if not fence or name != b"losses":
        raise ValueError("not an object of the corpus")
    return int(losses), markdown


def metadata_object(page: CorpusPage, cloud_id: CloudId) -> bytes:
    """The sidecar. What does not fit is left out from the end of the lists, never cut through the JSON."""
    attributes: dict[str, str | int | list[str]] = {
        "title": _cut(page.title),
        "page_id": page.id,
        "space_key": page.space_key,
        "space_name": _cut(page.space_name),
        "url": page.url,
        "version": page.version,
        "last_modified": page.updated_at.isoformat(),
        "source": "confluence",
        "cloud_id": cloud_id,
    }
    if page.author_id:
        attributes["author"] = _cut(page.author_name or page.author_id)
    for name, texts in (
        ("labels", page.details.labels),
        ("ancestors", [each.title for each in page.details.ancestors]),
        ("attachments", [each.name for each in page.details.attachments]),
    ):
        if not texts:
            continue
        kept = _fitting([_cut(text) for text in texts], METADATA_BYTES - len(_sidecar(attributes)) - 32)
        if kept:  # Bedrock refuses an empty list
            attributes[name] = kept
    return _sidecar(attributes)


def _yaml(value: object) -> str:
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", AS_JSON(value))


def _sidecar(attributes: dict[str, str | int | list[str]]) -> bytes:
    return json.dumps({"metadataAttributes": attributes}).encode()


def _cut(text: str) -> str:
    while len(json.dumps(text)) > METADATA_TEXT_BYTES:
        text = text[: len(text) * 9 // 10]
    return text


def _fitting(texts: list[str], room: int) -> list[str]:
    kept = []
    for text in texts:
        room -= len(json.dumps(text)) + 2
        if room < 0:
            break
        kept.append(text)
    return kept
