"""Characters that a reader does not see. Threat: instructions hidden from people but not from machines."""

import re

# Zero-width, bidirectional overrides, fillers, invisible operators, tags and the variation selectors' supplement.
# Plain variation selectors (U+FE00–FE0F) stay: emoji carry them. One character class: it costs one scan.
_INVISIBLE = re.compile(
    "[\u0080-\u0084\u0086-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]+"
)
# The joiners shape real scripts and emoji: they go only where a neighbour is ASCII or missing.
_JOINERS = ("\u200c", "\u200d")
_IDLE_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f\u200c\u200d])")
_SEPARATORS = ("\xa0", "\u2028", "\u2029", "\u0085")
# XML 1.0 §2.2: what may not stand in a document even as a character reference, and lone surrogates, which UTF-8 lacks.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = re.compile("[\x00-\x20\x7f\u0085\u2028\u2029]+")


def without_invisible(text: str) -> tuple[str, int]:
    """The text without characters that nobody sees, and how many there were."""
    if text.isascii():
        return text, 0
    before = len(text)
    text = _INVISIBLE.sub("", text)
    if _JOINERS[0] in text or _JOINERS[1] in text:
        text = _IDLE_JOINER.sub("", text)
    return text, before - len(text)


# The same characters and the joiners in UTF-8, by lead byte: to look for a single byte costs next to nothing.
_HIDING_BYTES = {
    b"\xc2": re.compile(rb"\xc2[\x80-\x84\x86-\x9f\xad]"),
    b"\xcd": re.compile(rb"\xcd\x8f"),
    b"\xd8": re.compile(rb"\xd8\x9c"),
    b"\xe1": re.compile(rb"\xe1(?:\x85[\x9f\xa0]|\x9e[\xb4\xb5]|\xa0[\x8b-\x8e])"),
    b"\xe2": re.compile(rb"\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf])"),
    b"\xe3": re.compile(rb"\xe3\x85\xa4"),
    b"\xef": re.compile(rb"\xef(?:\xbb\xbf|\xbe\xa0|\xbf[\xb0-\xbb])"),
    b"\xf3": re.compile(rb"\xf3\xa0"),
}
_HIDING_REFERENCE = re.compile(rb"&(?:#|(?:zwn?j|lrm|rlm|shy);)")


def may_hide(body: bytes) -> bool:
    """Whether this XML could hold invisible characters, as themselves or as references."""
    return _HIDING_REFERENCE.search(body) is not None or any(
        lead in body and pattern.search(body) for lead, pattern in _HIDING_BYTES.items()
    )


def with_plain_spaces(text: str) -> str:
    """No-break space and Unicode's line separators as spaces: Markdown would read them otherwise than HTML does."""
    if not text.isascii():
        for separator in _SEPARATORS:
            if separator in text:
                text = text.replace(separator, " ")
    return text


def without_forbidden(text: str) -> tuple[str, int]:
    """The text without control characters and lone surrogates, and how many there were."""
    return FORBIDDEN.subn("", text)


def visible(text: str) -> str:
    """One clean line of a name or title that came from a page."""
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _CONTROLS.sub(" ", without_invisible(FORBIDDEN.sub("", text))[0]).strip(" ")
