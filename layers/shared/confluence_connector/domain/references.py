"""Page references in a text such as a pull request's body: which addresses did somebody mark for fetching (H2)?

`@droid fill <address>` marks a page; the command word is the caller's to choose and case does not matter. Addresses may
be bare, `<autolinks>` or `[Markdown](links)`, several after one command, apart by blanks, commas or "and". Code,
quotes, HTML and comments are what somebody shows, not what they ask for; CommonMark's own parser tells them apart, so
a reference is one where a reader sees one.

Threat: an address is text from outside. Nothing here repairs, decodes or requests it (the parser's own tidying of links
is off: it would turn a look-alike host into the real one); `page_urls.parse` decides what it names.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a cached document's read must not pay for the parser
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DEFAULT_COMMAND: Final = "@droid fill"
LINK_OPENS: Final = "\ue000"
LINK_CLOSES: Final = "\ue001"
SHOWN: Final = "\ue002"
"""Private-use characters for a link's two ends and for code within a line; a text's own are dropped."""
OURS: Final = str.maketrans(dict.fromkeys((LINK_OPENS, LINK_CLOSES, SHOWN), " "))
BETWEEN: Final = re.compile(r"(?:[\s,;]|(?:and|&)(?=\s))*", re.IGNORECASE)
WORD: Final = rf"[^\s<>{LINK_OPENS}{LINK_CLOSES}{SHOWN}]"
ADDRESS: Final = re.compile(rf"{LINK_OPENS}([^{LINK_CLOSES}]*){LINK_CLOSES}|[(\"'“‘]?({WORD}{{1,40}}?://{WORD}*)")
"""A link, or a word with a scheme; no scheme is longer."""
PUNCTUATION: Final = "?!.,:;*_~|'\"”’"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pages marked in `text` by `command`, and those of `urls`, no older than `max_age_seconds`.

    `connection_id` None: whichever of the workspace's own connections has the address's site.
    """

    text: str | None
    urls: Sequence[str]
    command: str
    connection_id: str | None
    max_age_seconds: int


def references_in(text: str, command: str = DEFAULT_COMMAND) -> tuple[str, ...]:
    """The addresses marked by `command`, as written, each once, in order of appearance."""
    words = r"\s+".join(re.escape(word) for word in command.split())
    marked = re.compile(rf"(?<![\w@/.-]){words}(?:\s*:)?(?=\s|{LINK_OPENS})", re.IGNORECASE)
    found: dict[str, None] = {}
    for paragraph in _paragraphs(_parser().parse(text.translate(OURS))):
        for mark in marked.finditer(paragraph):
            found.update(dict.fromkeys(_addresses(paragraph, mark.end())))
    return tuple(found)


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415

    parser = MarkdownIt("commonmark")
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = bool  # type: ignore[method-assign, assignment]  # what it would overlook is refused later, with a reason
    return parser


def _paragraphs(tokens: "Iterable[Token]") -> Iterator[str]:
    """Every run of text outside quotes, with links as their addresses and code as a mark."""
    quotes = 0
    for token in tokens:
        quotes += token.nesting if token.type.startswith("blockquote_") else 0
        if token.type == "inline" and not quotes:
            yield "".join(_seen(token.children or ()))


def _seen(children: "Iterable[Token]") -> Iterator[str]:
    inside_link = 0
    for child in children:
        if child.type == "link_open":
            inside_link += 1
            yield f"{LINK_OPENS}{child.attrGet('href') or ''}{LINK_CLOSES}"
        elif child.type == "link_close":
            inside_link -= 1
        elif inside_link:
            continue  # what a link is called says nothing about where it leads
        elif child.type == "text":
            yield child.content
        elif child.type in {"softbreak", "hardbreak"}:
            yield "\n"
        elif child.type in {"code_inline", "image"}:
            yield SHOWN


def _addresses(paragraph: str, position: int) -> Iterator[str]:
    """Those that follow the command directly; the first other word ends them."""
    while True:
        between = BETWEEN.match(paragraph, position)
        found = ADDRESS.match(paragraph, between.end() if between else position)
        if found is None:
            return
        yield found[1] if found[2] is None else _without_punctuation(found[2])
        position = found.end()


def _without_punctuation(address: str) -> str:
    """A bare address without what belongs to the sentence around it, as GitHub reads them."""
    end, surplus = len(address), address.count(")") - address.count("(")
    while end and (address[end - 1] in PUNCTUATION or (address[end - 1] == ")" and surplus > 0)):
        surplus -= address[end - 1] == ")"
        end -= 1
    return address[:end]
