"""Code as Markdown: delimiters that nothing inside can end."""

import re
from typing import Final

LONGEST_LANGUAGE: Final = 32
BACKTICKS: Final = re.compile("`+")


def fenced(text: str, language: str = "") -> str:
    """A fence longer than any run of backticks inside; `language` only as far as it is a plain word."""
    longest = 2
    if "```" in text:
        longest = len(max(BACKTICKS.findall(text), key=len))
    fence = "`" * (longest + 1)
    word = language.strip().lower()
    plain = word.isascii() and word.replace("-", "").replace("+", "").replace("#", "").isalnum()
    ending = text.removesuffix("\n")
    return f"{fence}{word[:LONGEST_LANGUAGE] if plain else ''}\n{ending}\n{fence}"


def code_span(text: str) -> str:
    """A code span on one line, or the white space that is all there is."""
    flat = " ".join(text.split("\n")) if "\n" in text else text
    if not flat.strip():
        return flat
    fence = "`"
    if "`" in flat:
        fence += max(BACKTICKS.findall(flat), key=len)
        flat = f" {flat} "
    elif flat[0] == " " == flat[-1]:
        flat = f" {flat} "  # CommonMark strips one from each side
    return f"{fence}{flat}{fence}"


class CodeRun:
    """Code spans side by side in the last finished piece. Joined once, at their end: a page may hold any number."""

    __slots__ = ("_at", "_literals", "_texts")

    def __init__(self, literals: list[str]) -> None:
        self._literals = literals
        self._at = 0
        self._texts: list[str] = []

    def begin(self, text: str) -> None:
        """Its span is the last piece."""
        self.join()
        self._at, self._texts = len(self._literals), [text]

    def takes(self, text: str) -> bool:
        """False where the last piece is no code."""
        last = bool(self._texts) and self._at == len(self._literals)
        if last:
            self._texts.append(text)
        return last

    def join(self) -> None:
        """Before anybody reads the pieces. Nothing is taken any more after it."""
        if len(self._texts) > 1:
            self._literals[self._at - 1] = code_span("".join(self._texts))
        self._texts = []
