"""Handlers of ADF's own content inside storage: a node *or* its fallback, never both (api-facts §6.3)."""

from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.content.panels import PANELS
from confluence_connector.content.storage_page import Attributes, Ender, Frame, Starter, StoragePage

_DECISION: Final = "◆ "


def _extension(page: StoragePage, attributes: Attributes) -> None:
    page.open_frame("extension", attributes, hold=False)


def _extension_end(page: StoragePage) -> None:
    frame = page.frames.pop()
    if not frame.rendered:
        page.emitter.ledger.add("dropped", "extension without content")
        page.emitter.append("Extension without content ")


def _node(page: StoragePage, attributes: Attributes) -> None:
    frame = page.open_frame("node", attributes, hold=False)
    if attributes.get("type") == "decision-list":
        page.emitter.open_list()
        frame.close = page.emitter.close_list


def _node_end(page: StoragePage) -> None:
    frame = page.frames.pop()
    if frame.close is not None:
        frame.close()
    _hand_up(page, frame)


def _hand_up(page: StoragePage, frame: Frame) -> None:
    """A node's extension counts as rendered when anything inside it was."""
    if frame.rendered and page.frames:
        page.frames[-1].rendered = True


def _attribute(page: StoragePage, attributes: Attributes) -> None:
    if not page.frames:
        page.skip()
        return
    frame = page.frames[-1]
    key = attributes.get("key", "")

    def known(text: str) -> None:
        frame.parameters[key] = text.strip()

    page.capture(known)


def _content(page: StoragePage, attributes: Attributes) -> None:
    emitter = page.emitter
    node = page.frames[-1] if page.frames else None
    inner = page.open_frame("content", attributes, hold=True)
    kind = node.attributes.get("type", "") if node else ""
    page.in_paragraph = False
    if node is not None and kind == "panel":
        emitter.open_quote(PANELS.get(node.parameters.get("panel-type", ""), "NOTE"))
        inner.close = emitter.close_quote
    elif kind == "decision-item":
        emitter.open_item()
        emitter.append(_DECISION)
        inner.close = emitter.close_item
    else:
        if kind not in {"", "decision-list"}:
            emitter.ledger.add("degraded", f"extension {kind}")
        page.block_gap()
        inner.close = page.block_gap


def _content_end(page: StoragePage) -> None:
    frame = page.frames.pop()
    page.emitter.held -= 1
    if frame.close is not None:
        frame.close()
    # Nothing but separators since the start: the fallback may know more.
    frame.rendered = any(_says(piece) for piece in page.emitter.out[frame.index :])
    _hand_up(page, frame)


def _says(piece: str) -> bool:
    """Whether a fragment of the stream is text or a finished piece, not only structure."""
    return piece == t.LITERAL or (piece[:1] >= " " and not piece.isspace())


def _fallback(page: StoragePage, _attributes: Attributes) -> None:
    if page.frames and page.frames[-1].rendered:
        page.skip()
        return
    if page.frames:
        page.frames[-1].rendered = True
    page.block_gap()


def _fallback_end(page: StoragePage) -> None:
    page.block_gap()


def _leave_out(page: StoragePage, _attributes: Attributes) -> None:
    page.skip()


STARTS: Final[dict[str, Starter | None]] = {
    "ac:adf-extension": _extension,
    "ac:adf-node": _node,
    "ac:adf-attribute": _attribute,
    "ac:adf-content": _content,
    "ac:adf-fallback": _fallback,
    **dict.fromkeys(("ac:adf-parameter", "ac:adf-parameter-value"), _leave_out),
    # Borders and anchors for scripts: presentation, said in attributes only.
    **dict.fromkeys(("ac:adf-mark", "ac:adf-fragment-mark", "ac:adf-fragment-mark-detail")),
}
ENDS: Final[dict[str, Ender]] = {
    "ac:adf-extension": _extension_end,
    "ac:adf-node": _node_end,
    "ac:adf-content": _content_end,
    "ac:adf-fallback": _fallback_end,
}
