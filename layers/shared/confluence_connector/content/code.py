"""Code as Markdown: delimiters that nothing inside can end."""

from typing import Final

LONGEST_LANGUAGE: Final = 32


def fenced(text: str, language: str = "") -> str:
    """A fence longer than any run of backticks inside; `language` only as far as it is a plain word."""
    longest = 2
    if "```" in text:
        longest = max(len(run) for run in "".join(c if c == "`" else " " for c in text).split())
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
        while fence in flat:
            fence += "`"
        flat = f" {flat} "
    elif flat[0] == " " == flat[-1]:
        flat = f" {flat} "  # CommonMark strips one from each side
    return f"{fence}{flat}{fence}"
