"""Numbers with units as CSS writes them."""

import re
from typing import Final

LONGEST_VALUE: Final = 200
"""What is longer is no number or colour that anybody wrote."""

_NUMBER: Final = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))([a-z]*|%)")


def number(value: str) -> tuple[float, str] | None:
    """With its unit, "" for none."""
    found = _NUMBER.fullmatch(value) if len(value) <= LONGEST_VALUE else None
    return (float(found[1]), found[2]) if found else None


def of_one(given: tuple[float, str], whole: float) -> float:
    """As a share: of 100 % or of `whole`."""
    return given[0] / (100 if given[1] == "%" else whole)
