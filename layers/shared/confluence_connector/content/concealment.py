"""Styles that hide what they are on. Threat: words for machines that people do not see on the page (fault case F8).

Read as a browser reads them, as far as hiding goes: comments and escapes are undone, and of several declarations of a
property the last valid one counts, important ones before others. Of shorthands `background` and `font` are read; class
rules are not, Confluence's storage carries none. A page may hold a style of megabytes: every step is linear in it.
Source: CSS Syntax 3, CSS Cascade 5 (w3.org).
"""

import re
from collections.abc import Callable
from typing import Final

from confluence_connector.content.colours import FAINT, shade
from confluence_connector.content.css_numbers import LONGEST_VALUE, number, of_one

_COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.DOTALL)
_TOKEN: Final = re.compile(r"[a-z-]+\([^()]*\)|\S+")

_TINY: Final = {"px": 1.0, "pt": 1.0, "em": 0.1, "rem": 0.1, "%": 10.0}
_FAR: Final = {"px": 500.0, "pt": 400.0, "em": 50.0, "rem": 50.0, "vw": 90.0, "vh": 90.0, "%": 90.0}
_DEFAULTS: Final = dict.fromkeys(("inherit", "initial", "unset", "revert"), False)
_DISPLAYS: Final = """
block inline inline-block flex inline-flex grid inline-grid table table-row table-cell list-item contents flow-root
"""
_DISPLAY: Final = _DEFAULTS | dict.fromkeys(_DISPLAYS.split(), False) | {"none": True}
_VISIBILITY: Final = _DEFAULTS | {"hidden": True, "collapse": True, "visible": False}
_OVERFLOW: Final = _DEFAULTS | {"hidden": True, "clip": True, "visible": False, "auto": False, "scroll": False}

type _Declared = dict[str, list[str]]


def concealment(style: str, *, on_background: bool) -> str | None:
    """Why a CSS `style` hides its element, or None. Pale text counts only where nothing coloured lies behind it."""
    declared = _declarations(style)
    if not declared:
        return None
    for reason, names, hides in _WAYS:
        if any(_last(declared, name, hides) for name in names):
            return reason
    no_size = any(_last(declared, name, _is_no_length) for name in ("height", "width"))
    if no_size and _last(declared, "overflow", _OVERFLOW.get):
        return "no size"
    if _last(declared, "color", _is_pale) and not _lies_on_colour(declared, otherwise=on_background):
        return "white text"
    return None


def covers(colour: str) -> bool:
    """Whether white text can be read on a background of that colour, or on that picture."""
    return _backdrop(colour.lower()) is True


def style_covers(style: str) -> bool:
    """Whether a style lays such a background behind its element's text."""
    return _lies_on_colour(_declarations(style), otherwise=False)


def _lies_on_colour(declared: _Declared, *, otherwise: bool) -> bool:
    """By the element's own background; one that is seen through leaves what lies behind it."""
    own = [_backdrop(value) for name in ("background", "background-color") for value in declared.get(name, ())[-1:]]
    return True in own or (otherwise and False not in own)


def _backdrop(value: str) -> bool | None:
    """Whether a background carries white text; None: there is none, or it is seen through."""
    tokens = _TOKEN.findall(value[:LONGEST_VALUE])
    shades = [shade(token) for token in tokens]
    if "deep" in shades or any(each is None and "(" in token for each, token in zip(shades, tokens, strict=True)):
        return True
    return False if "pale" in shades else None


def _declarations(style: str) -> _Declared:
    """Values by property, the one that counts last; important ones come after all others."""
    plain = style.lower()
    if "/*" in plain:
        plain = _COMMENT.sub(" ", plain)
    if "\\" in plain:
        plain = _ESCAPE.sub(_unescaped, plain)
    declared: _Declared = {}
    important: _Declared = {}
    for declaration in plain.split(";"):
        name, _, rest = declaration.partition(":")
        value, mark, _ = rest.partition("!")
        (important if mark else declared).setdefault(name.strip(), []).append(value.strip())
    for name, values in important.items():
        declared.setdefault(name, []).extend(values)
    return declared


def _unescaped(found: re.Match[str]) -> str:
    """No property and no word that counts here is beyond ASCII."""
    code = int(found[1], 16) if found[1] else ord(found[2])
    return chr(code) if code < 0x80 else "?"  # noqa: PLR2004


def _last(declared: _Declared, name: str, read: Callable[[str], bool | None]) -> bool:
    """What the last value says that says anything."""
    said = map(read, reversed(declared.get(name, ())))
    return next((each for each in said if each is not None), False)


def _is_tiny(value: str) -> bool | None:
    found = number(value)
    return found and abs(found[0]) <= _TINY.get(found[1], 0)


def _is_tiny_font(value: str) -> bool:
    """The size of `font` stands before its slash, among style and weight."""
    return any(_is_tiny(word) for word in value[:LONGEST_VALUE].partition("/")[0].split())


def _is_faint(value: str) -> bool | None:
    found = number(value)
    return found and of_one(found, 1) <= FAINT


def _is_no_length(value: str) -> bool | None:
    found = number(value)
    return found and abs(found[0]) <= (found[1] == "px")


def _is_far_off(value: str) -> bool | None:
    found = number(value)
    return found and -found[0] >= _FAR.get(found[1], _FAR["px"])


def _is_pale(value: str) -> bool | None:
    seen = shade(value)
    return seen != "deep" if seen else _DEFAULTS.get(value)


_WAYS: Final[tuple[tuple[str, tuple[str, ...], Callable[[str], bool | None]], ...]] = (
    ("display:none", ("display",), _DISPLAY.get),
    ("visibility:hidden", ("visibility",), _VISIBILITY.get),
    ("font-size:0", ("font-size",), _is_tiny),
    ("font-size:0", ("font",), _is_tiny_font),
    ("opacity:0", ("opacity",), _is_faint),
    ("max-height:0", ("max-height",), _is_no_length),
    ("max-width:0", ("max-width",), _is_no_length),
    ("off the page", ("text-indent", "left", "top", "margin-left", "margin-top"), _is_far_off),
)
"""Why, by which properties, and what a value of them says; None where the value is none of CSS."""
