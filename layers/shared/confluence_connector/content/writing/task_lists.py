"""Which bullet lists are task lists: every item one line that begins with a box, and below it task lists at most.

A task of Confluence holds one line of text. A list with other things in it stays a list, its boxes text.
"""

from collections.abc import Sequence
from typing import Final

from markdown_it.token import Token

BOXES: Final = {"[ ] ": "incomplete", "[x] ": "complete", "[X] ": "complete"}
BOX_LENGTH: Final = 4

_LISTS: Final = frozenset({"bullet_list_open", "ordered_list_open"})
_LIST_ENDS: Final = frozenset({"bullet_list_close", "ordered_list_close"})


class _List:
    __slots__ = ("index", "level", "of_tasks")

    def __init__(self, index: int, token: Token) -> None:
        self.index = index
        self.level = token.level
        self.of_tasks = token.type == "bullet_list_open"


def task_lists(stream: Sequence[Token]) -> set[int]:
    """Positions of the opening tokens of task lists."""
    found: set[int] = set()
    open_lists: list[_List] = []
    for index, token in enumerate(stream):
        if token.type in _LISTS:
            open_lists.append(_List(index, token))
        elif token.type in _LIST_ENDS:
            closed = open_lists.pop()
            if closed.of_tasks:
                found.add(closed.index)
            elif open_lists and closed.level == open_lists[-1].level + 2:
                open_lists[-1].of_tasks = False
        elif open_lists and not _allowed(stream, index, open_lists[-1].level):
            open_lists[-1].of_tasks = False
    return found


def _allowed(stream: Sequence[Token], index: int, level: int) -> bool:
    """Whether a token may stand inside a task list of that level."""
    token = stream[index]
    if token.type == "list_item_open" and token.level == level + 1:
        return _begins_with_box(stream, index + 1)
    if token.level != level + 2 or token.nesting < 0:
        return True
    return token.type == "paragraph_open" and stream[index - 1].type == "list_item_open"


def _begins_with_box(stream: Sequence[Token], index: int) -> bool:
    if stream[index].type != "paragraph_open":
        return False
    inline = stream[index + 1]
    first = inline.children[0] if inline.children else None
    # The source counts, too: a box that was escaped there is text.
    return (
        inline.content[:BOX_LENGTH] in BOXES
        and first is not None
        and first.type == "text"
        and first.content[:BOX_LENGTH] == inline.content[:BOX_LENGTH]
    )
