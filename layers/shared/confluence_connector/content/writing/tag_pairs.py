"""Which tags of ours in a stream of tokens are markup: those that pair up, and that stand where they mean something."""

from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

from confluence_connector.content.writing.house_markdown import side

_PARENTS: Final = {"tr": "table", "td": "tr", "th": "tr"}
_CHILDREN: Final = {"table": {"tr"}, "tr": {"td", "th"}}


def paired(stream: Sequence[Token]) -> dict[int, int]:
    """Where our tags open and, for each, where it closes: within the same parent, properly nested. Others are text."""
    pairs: dict[int, int] = {}
    open_tags: list[tuple[int, str]] = []  # a container of Markdown's own stands as an empty name
    for index, token in enumerate(stream):
        direction = side(token)
        if direction > 0:
            open_tags.append((index, token.tag))
        elif direction < 0:
            if open_tags and open_tags[-1][1] == token.tag:
                pairs[open_tags.pop()[0]] = index
        elif token.nesting > 0:
            open_tags.append((index, ""))
        elif token.nesting < 0:
            while open_tags.pop()[1]:
                pass
    return pairs


class _Container:
    """A pair of our tags, or with an empty name a container of Markdown's own, and the kinds of its children."""

    __slots__ = ("children", "fits", "index", "name", "parent")

    def __init__(self, index: int, name: str, parent: "_Container | None") -> None:
        self.index = index
        self.name = name
        self.parent = parent
        self.children: set[str] = set()
        self.fits = True

    def fits_alone(self) -> bool:
        held = _CHILDREN.get(self.name)
        if held is not None and not (self.children and self.children <= held):
            return False
        holder = _PARENTS.get(self.name)
        return holder is None or (self.parent is not None and self.parent.name == holder)


def well_placed(stream: Sequence[Token]) -> dict[int, int]:
    """The pairs among block tags that make sense, too: rows in tables, cells in rows, and nothing else between."""
    pairs = paired(stream)
    containers = [each for each in _containers(stream, pairs) if each.name]
    for each in reversed(containers):
        each.fits = each.fits and each.fits_alone()
        if not each.fits and each.name == "tr" and each.parent is not None:
            each.parent.fits = False
    for each in containers:
        if each.name in _PARENTS and each.parent is not None and not each.parent.fits:
            each.fits = False
    return {each.index: pairs[each.index] for each in containers if each.fits}


def _containers(stream: Sequence[Token], pairs: dict[int, int]) -> list[_Container]:
    """In document order: a parent comes before its children."""
    found: list[_Container] = []
    ends = set(pairs.values())
    stack: list[_Container] = []
    for index, token in enumerate(stream):
        if token.nesting < 0 or index in ends:
            stack.pop()
            continue
        parent = stack[-1] if stack else None
        name = token.tag if index in pairs else ""
        if parent is not None:
            parent.children.add(name)
        if name or token.nesting > 0:
            stack.append(_Container(index, name, parent))
            found.append(stack[-1])
    return found
