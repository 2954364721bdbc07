"""Handlers of macros in storage format. A macro's parameters come before its body (api-facts §6.2)."""

from collections.abc import Callable
from typing import Final

from confluence_connector.content import macros
from confluence_connector.content.concealment import covers
from confluence_connector.content.links import target
from confluence_connector.content.references import attachment_target, page_target
from confluence_connector.content.storage_links import resource_of
from confluence_connector.content.storage_page import Attributes, Ender, Frame, Starter, StoragePage


def _macro(page: StoragePage, attributes: Attributes) -> None:
    page.open_frame("macro", attributes, hold=False)


def _parameter(page: StoragePage, attributes: Attributes) -> None:
    if not page.frames:
        page.skip("dropped", "parameter outside a macro")
        return
    frame = page.frames[-1]
    name = attributes.get("ac:name", "")

    def known(text: str) -> None:
        frame.parameters[name] = text.strip()

    page.capture(known)


def _name(frame: Frame) -> str:
    return frame.attributes.get("ac:name", "").lower()


def _rich_body(page: StoragePage, _attributes: Attributes) -> None:
    if not page.frames:
        page.block_gap()
        return
    frame = page.frames[-1]
    frame.rendered = True
    if frame.parameters.get("hidden") == "true" and _name(frame) in macros.MAY_HIDE:
        page.skip("hidden", f"macro {_name(frame)}")
        return
    coloured = covers(frame.parameters.get("bgColor", ""))
    page.backgrounds += coloured
    page.in_paragraph = False
    close = macros.open_body(page.emitter, _name(frame), frame.parameters)

    def closed() -> None:
        page.backgrounds -= coloured
        close()

    frame.close = closed


def _rich_body_end(page: StoragePage) -> None:
    if page.frames and page.frames[-1].close is not None:
        page.frames[-1].close()
        page.frames[-1].close = None
    else:
        page.block_gap()


def _plain_body(page: StoragePage, _attributes: Attributes) -> None:
    frame = page.frames[-1] if page.frames else None
    if frame is not None:
        frame.rendered = True

    def known(text: str) -> None:
        parameters = frame.parameters if frame else {}
        macros.plain_body(page.emitter, _name(frame) if frame else "", parameters, text)

    page.capture(known)


def _macro_end(page: StoragePage) -> None:
    frame = page.frames.pop()
    if frame.rendered:
        return
    name = _name(frame)
    writer = _WITH_RESOURCES.get(name)
    if writer is not None and frame.resources:
        writer(page, frame)
    else:
        macros.without_body(page.emitter, page.names, page.site, name, frame.parameters)


# ── macros that name a page, a file or a person by an element, not by text ──────────────────────────────────────────


def _file(page: StoragePage, frame: Frame) -> None:
    attachment = resource_of(frame, "ri:attachment")
    filename = (attachment or {}).get("ri:filename", "")
    owner = resource_of(frame, "ri:page")
    title = owner.get("ri:content-title") if owner else None
    page.write_link(filename, attachment_target(page.emitter, page.names, page.site, filename, title))
    page.emitter.append(" ")


def _included(page: StoragePage, frame: Frame) -> None:
    # Never followed: the reader may not be allowed to see the other page (E10).
    source = resource_of(frame, "ri:page") or resource_of(frame, "ri:blog-post") or {}
    title = source.get("ri:content-title", "")
    emitter = page.emitter
    emitter.ledger.add("dynamic", f"macro {_name(frame)}")
    emitter.append("Included from another page: ")
    if title:
        page.write_link(title, page_target(emitter, page.names, page.site, title, source.get("ri:space-key")))
    else:
        emitter.append("unnamed page")
    emitter.append(" ")


def _person(page: StoragePage, frame: Frame) -> None:
    account = (resource_of(frame, "ri:user") or {}).get("ri:account-id", "")
    macros.person(page.emitter, page.names, account)


def _address(page: StoragePage, frame: Frame) -> None:
    address = (resource_of(frame, "ri:url") or {}).get("ri:value", "")
    page.emitter.ledger.add("dynamic", f"macro {_name(frame)}")
    page.write_link(address, target(address, page.site))


_WITH_RESOURCES: Final[dict[str, Callable[[StoragePage, Frame], None]]] = {
    **dict.fromkeys(("view-file", "viewpdf", "viewdoc", "viewxls", "viewppt", "multimedia"), _file),
    "include": _included,
    "excerpt-include": _included,
    "profile": _person,
    "widget": _address,
    "iframe": _address,
}

STARTS: Final[dict[str, Starter | None]] = {
    "ac:structured-macro": _macro,
    "ac:macro": _macro,
    "ac:parameter": _parameter,
    "ac:default-parameter": lambda page, _attributes: _parameter(page, {}),
    "ac:rich-text-body": _rich_body,
    "ac:plain-text-body": _plain_body,
}
ENDS: Final[dict[str, Ender]] = {
    "ac:structured-macro": _macro_end,
    "ac:macro": _macro_end,
    "ac:rich-text-body": _rich_body_end,
}
