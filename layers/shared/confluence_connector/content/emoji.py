"""Emoji and Atlassian's own emoticons as characters."""

import re
from typing import Final

# Atlassian's emoticon names (storage `ac:name`) and short names without a Unicode emoji of that name.
_CHARACTERS: Final = {
    "tick": "✅", "check_mark": "✅", "white_check_mark": "✅", "cross": "❌", "cross_mark": "❌", "x": "❌",
    "smile": "🙂", "slight_smile": "🙂", "sad": "😞", "disappointed": "😞", "cheeky": "😛", "stuck_out_tongue": "😛",
    "laugh": "😀", "grinning": "😀", "wink": "😉", "thumbs-up": "👍", "thumbsup": "👍", "thumbs-down": "👎",
    "thumbsdown": "👎", "information": "ℹ️", "info": "ℹ️",
    "information_source": "ℹ️", "warning": "⚠️", "question": "❓",
    "question_mark": "❓", "exclamation": "❗", "light-on": "💡", "light_bulb_on": "💡", "bulb": "💡",
    "light-off": "🔅",
    "light_bulb_off": "🔅", "yellow-star": "⭐", "yellow_star": "⭐", "star": "⭐", "red-star": "🔴", "red_star": "🔴",
    "green-star": "🟢", "green_star": "🟢", "blue-star": "🔵", "blue_star": "🔵", "plus": "➕", "heavy_plus_sign": "➕",
    "minus": "➖", "heavy_minus_sign": "➖", "heart": "❤️", "broken-heart": "💔", "broken_heart": "💔", "rocket": "🚀",
    "tada": "🎉", "eyes": "👀", "fire": "🔥", "note": "📝", "pencil": "📝", "calendar": "📅", "books": "📚",
    "rainbow": "🌈", "clap": "👏", "pray": "🙏", "point_right": "👉", "wave": "👋", "construction": "🚧",
    "flag_on": "🚩", "flag_off": "🏳️", "clock": "🕒", "no_entry": "⛔", "lock": "🔒", "key": "🔑", "link": "🔗",
}  # fmt: skip
_CODE_POINTS: Final = re.compile(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,11}", re.ASCII)
_EMOJI: Final = range(0x23, 0xD800)
_ASTRAL: Final = range(0xE000, 0x110000)


def _from_code_points(identifier: str) -> str | None:
    """The character for an id such as `1f44d` or `1f469-200d-1f4bb`."""
    if not _CODE_POINTS.fullmatch(identifier):
        return None
    points = [int(part, 16) for part in identifier.split("-")]
    if not all(point in _EMOJI or point in _ASTRAL for point in points):
        return None
    text = "".join(map(chr, points))
    return None if text.isalpha() else text


def character(short_name: str, identifier: str = "", fallback: str = "", name: str = "") -> tuple[str, bool]:
    """The emoji as text, and whether Confluence shows it as text too.

    Unicode emoji are text; Atlassian's own ones (id `atlassian-…`) are pictures, here the nearest character, or the
    short name `:like_this:` where there is none.
    """
    if fallback and not fallback.startswith(":"):
        return fallback, True
    coded = _from_code_points(identifier)
    if coded:
        return coded, True
    plain = short_name.strip(":")
    known = _CHARACTERS.get(plain) or _CHARACTERS.get(name)
    if known:
        return known, False
    label = plain or fallback.strip(":") or name
    return f":{label}:" if label else "", False
