"""HTML's named entities for expat, which storage uses without declaring them (api-facts §6.1)."""

import re
from html.entities import name2codepoint
from typing import Final
from xml.parsers import expat

NAMED_ENTITY: Final = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)")
"""Finds a body that needs `declare_entities`; most do not, and are spared it."""

_BUILT_IN: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ENTITIES: Final = "".join(
    f'<!ENTITY {name} "&#{point};">' for name, point in sorted(name2codepoint.items()) if name not in _BUILT_IN
).encode()


def declare_entities(parser: expat.XMLParserType) -> None:
    """Give `parser` HTML's entities as an external subset that only this process supplies; nothing else is loaded.

    The parser holds itself through its handler from here on: drop `ExternalEntityRefHandler` when done.
    """
    # The skipped-entity handler alone would lose entities inside attribute values without a word.
    parser.UseForeignDTD(True)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)

    def our_subset(context: str, _base: str | None, system_id: str | None, public_id: str | None) -> int:
        if system_id or public_id:
            return 0
        parser.ExternalEntityParserCreate(context).Parse(_ENTITIES, True)
        return 1

    parser.ExternalEntityRefHandler = our_subset
