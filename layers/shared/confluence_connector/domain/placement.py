"""A name and a place for what is imported, read from its content. Deterministic: no clock, no chance, no model (C3)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Final, Self

from markdown_it import MarkdownIt
from markdown_it.token import Token

from confluence_connector.limits import NAME_LENGTH

READ_CHARACTERS: Final = 20_000
"""Of the Markdown: what a document is about stands at its beginning."""
FOLDERS_SUGGESTED: Final = 5
NAME_WEIGHT: Final = 4
"""How much a word counts more in a name or a folder's path than in the text."""

KIND: Final = r"(?:PRD|TRD|product\s+requirements?(?:\s+document)?|technical\s+requirements?(?:\s+document)?|draft|WIP)"
BRACKETED: Final = re.compile(rf"^\s*[\[(]\s*{KIND}\s*[\])]\s*[:\-–—|/]*\s*", re.IGNORECASE)
PREFIXED: Final = re.compile(rf"^\s*{KIND}\s*(?::|[-–—|/](?=\s)|(?<=\s)[-–—|/])\s*", re.IGNORECASE)
SUFFIXED: Final = re.compile(rf"\s*(?:[\[(]\s*{KIND}\s*[\])]|\s[-–—|:/]\s*{KIND})\s*$", re.IGNORECASE)
KIND_ONLY: Final = re.compile(rf"\s*{KIND}\s*", re.IGNORECASE)

NOT_A_NAME: Final = frozenset({
    "abstract", "about", "about this document", "background", "change log", "changelog", "contents", "context",
    "document history", "document status", "executive summary", "goal", "goals", "history", "intro", "introduction",
    "metadata", "motivation", "objective", "objectives", "overview", "page properties", "problem", "problem statement",
    "purpose", "revision history", "scope", "status", "summary", "table of contents", "tl;dr", "version history",
})  # fmt: skip
"""Headings that head a section of every document: as a feature's name they would say nothing."""
FILLER: Final = frozenset({
    "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "do",
    "does", "each", "for", "from", "get", "had", "has", "have", "how", "if", "in", "into", "is", "it", "its", "may",
    "more", "must", "new", "no", "not", "of", "on", "one", "only", "or", "our", "out", "over", "page", "per", "should",
    "so", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "up", "use", "user",
    "was", "we", "were", "what", "when", "which", "who", "will", "with", "you", "your", "prd", "trd",
    "document", "documents", "pages", "requirement", "requirements", "users",
})  # fmt: skip
WORD: Final = re.compile(r"[^\W_]{2,}")
PLURAL: Final = re.compile(r"(?<=[^\Ws_]{3})s$")
PLACEHOLDER: Final = re.compile(r"Macro \S+")
"""How a converted page shows a macro that has no text: nobody's first sentence."""
ALERT: Final = re.compile(r"\[!\w+\]\s*")
"""How a converted page marks a panel."""
SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class FolderScore:
    """`score` from 0 to 1: how much the words of the document and of the folder are the same."""

    path: str
    score: float


@dataclass(frozen=True, slots=True)
class Outline:
    """The plain text of a Markdown document's beginning, in order. `cells` are of tables, which are no sentences."""

    headings: tuple[str, ...]
    paragraphs: tuple[str, ...]
    cells: tuple[str, ...] = ()

    @classmethod
    def of(cls, markdown: str) -> Self:
        found: dict[str, list[str]] = {"heading_open": [], "paragraph_open": [], "cell": []}
        tokens = MarkdownIt("commonmark").enable("table").parse(markdown[:READ_CHARACTERS])
        for before, token in pairwise(tokens):
            text = " ".join(_plain(token.children or []).split()) if token.type == "inline" else ""
            if text:
                found[before.type if before.type in found else "cell"].append(text)
        return cls(*(tuple(texts) for texts in found.values()))


def name_of(outline: Outline, title: str) -> str:
    """The first heading that says something, else the first sentence, else the title; without "PRD:" and such."""
    for heading in outline.headings:
        name = stripped(heading)
        if name and name.casefold().rstrip(":") not in NOT_A_NAME:
            return _cut(name)
    for paragraph in outline.paragraphs:
        sentence = stripped(SENTENCE_END.split(ALERT.sub("", paragraph, count=1), maxsplit=1)[0]).rstrip(".。")
        if sentence and not PLACEHOLDER.fullmatch(paragraph):
            return _cut(sentence)
    spaced = " ".join(title.split())
    return _cut(stripped(spaced) or spaced)


def stripped(name: str) -> str:
    """Without the words that only say what kind of document it is: `[Draft] PRD: X (v2)` is `X (v2)`. May be empty."""
    before = None
    while name != before:
        before = name
        name = SUFFIXED.sub("", PREFIXED.sub("", BRACKETED.sub("", name)))
    return "" if KIND_ONLY.fullmatch(name) else name.strip()


def folders_for(name: str, outline: Outline, folders: Mapping[str, Sequence[str]]) -> tuple[FolderScore, ...]:
    """The existing folders that fit, best first, at most five: the cosine between two bags of words.

    One bag is the document's (its name weighs most), the other a folder's: its path, and the names of what lies in it.
    The top folder "" is never suggested; it is where things lie that belong nowhere.
    """
    wanted = _bag([name], [*outline.headings, *outline.paragraphs])
    scores = (
        FolderScore(path, _likeness(wanted, _bag(path.split("/"), names))) for path, names in folders.items() if path
    )
    fitting = sorted((each for each in scores if each.score > 0), key=lambda each: (-each.score, each.path))
    return tuple(fitting[:FOLDERS_SUGGESTED])


def _bag(weighty: Iterable[str], rest: Iterable[str]) -> Counter[str]:
    bag: Counter[str] = Counter()
    for text in rest:
        bag.update(_words(text))
    for word in bag:
        bag[word] = min(bag[word], NAME_WEIGHT)  # a word said fifty times is no more the subject than one said four
    for text in weighty:
        for word in _words(text):
            bag[word] += NAME_WEIGHT
    return bag


def _words(text: str) -> list[str]:
    """Words without case, filler and plural s."""
    found = (word.casefold() for word in WORD.findall(text))
    return [PLURAL.sub("", word) for word in found if word not in FILLER]


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    shared = sum(count * other[word] for word, count in one.items())
    length = sqrt(sum(count**2 for count in one.values())) * sqrt(sum(count**2 for count in other.values()))
    return round(shared / length, 4) if length else 0.0


def _plain(tokens: Sequence[Token]) -> str:
    """Text without marks; images and raw HTML say nothing about a name."""
    return "".join(
        token.content if token.type in {"text", "code_inline"} else " " if token.type.endswith("break") else ""
        for token in tokens
    )


def _cut(name: str) -> str:
    """At most `NAME_LENGTH` characters, whole words where there are any."""
    if len(name) <= NAME_LENGTH:
        return name
    head = name[: NAME_LENGTH - 1]
    return (head.rpartition(" ")[0] or head).rstrip() + "…"
