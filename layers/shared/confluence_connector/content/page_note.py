"""The end of every conversion: a page that only Confluence can fill must not look like an empty one."""

from confluence_connector.content import tokens as t
from confluence_connector.content.emitter import Emitter
from confluence_connector.content.losses import Conversion


def with_note(emitter: Emitter, *, degraded: bool = False) -> Conversion:
    """The document; where no text came out although something was there, one line says what it was."""
    conversion = emitter.conclude(degraded=degraded)
    if conversion.markdown.strip():
        return conversion
    shown = [name for kind in ("dynamic", "dropped", "hidden", "degraded") for name in emitter.ledger.names(kind)]
    if not shown:
        return conversion
    note = Emitter()
    note.append(f"{t.EMPHASIS}This page holds no text of its own: {', '.join(shown[:10])}.{t.EMPHASIS_END}")
    return Conversion(note.conclude().markdown, conversion.losses, conversion.degraded)
