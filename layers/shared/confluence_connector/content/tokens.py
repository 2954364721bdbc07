"""One-character codes for markup inside the stream of text, until the text around them has been escaped.

XML 1.0 forbids these characters in a document (and the ADF reader removes them), so page text can never contain or
forge one. That is what makes the emitter both safe and fast: text goes into the stream unread, and is escaped later in
a few passes over the whole. (U+000B, U+000C and U+001C–001F are left out: Python counts them as white space.)
"""

from typing import Final

NEWLINE: Final = "\x01"
LITERAL: Final = "\x02"  # stands for the next finished piece: code, a link's target, an image
STRONG: Final = "\x03"
STRONG_END: Final = "\x04"
EMPHASIS: Final = "\x05"
EMPHASIS_END: Final = "\x06"
STRIKE: Final = "\x07"
STRIKE_END: Final = "\x08"
TAG: Final = "\x0e"  # < and > of an HTML tag of ours
TAG_END: Final = "\x0f"
SPACE: Final = "\x10"  # one that is not collapsed
STAR: Final = "\x11"
TILDE: Final = "\x12"
BACKSLASH: Final = "\x13"
BREAK: Final = "\x14"  # hard line break: BREAK newline prefix MARKER TEXT
LINK: Final = "\x15"  # brackets of ours
LINK_END: Final = "\x16"
EMPTY: Final = "\x17"  # a block ends here, even where nothing stands in it
BLOCK: Final = "\x19"  # a separator: BLOCK newlines prefix TEXT
TEXT: Final = "\x1a"
MARKER: Final = "\x18"  # a block with a marker of its own: BLOCK newlines prefix MARKER "- " TEXT FIRST
FIRST: Final = "\x1b"  # the first block after this needs no separator (item marker, quote, heading)
