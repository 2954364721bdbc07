"""Handlers of links, images, mentions, emoji and tasks in storage format: `ac:` and `ri:` elements."""

from collections.abc import Callable
from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.content.links import Target, target
from confluence_connector.content.references import (
    attachment_image,
    attachment_target,
    emoji,
    image,
    mention,
    page_target,
)
from confluence_connector.content.storage_page import Attributes, Ender, Frame, Starter, StoragePage


def _resource(name: str) -> Starter:
    def start(page: StoragePage, attributes: Attributes) -> None:
        page.resource(name, attributes)

    return start


def resource_of(frame: Frame, name: str) -> Attributes | None:
    """The first resource of that element name, for example `ri:page`."""
    for found, attributes in frame.resources:
        if found == name:
            return attributes
    return None


# ── ac:link ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _link(page: StoragePage, attributes: Attributes) -> None:
    page.open_frame("link", attributes, hold=True)


def _link_end(page: StoragePage) -> None:
    emitter = page.emitter
    frame = page.frames.pop()
    emitter.held -= 1
    text = emitter.taken(frame.index)
    user = resource_of(frame, "ri:user")
    if user is not None:
        name = mention(emitter, page.names, user.get("ri:account-id", ""))
        emitter.append(text if text.strip() else name)
        return
    goal, label = _link_goal(page, frame)
    anchor = frame.attributes.get("ac:anchor", "")
    if anchor and goal.url and "#" not in goal.url:
        goal = goal._replace(url=goal.url + (target(f"#{anchor}", "").url or ""))
    elif anchor and goal.url is None:
        goal = target(f"#{anchor}", "")
    if not frame.resources and not anchor:
        emitter.ledger.add("unresolved", "link without a target")
    page.write_link(text if text.strip() else label or anchor.replace("%20", " "), goal)


def _link_goal(page: StoragePage, frame: Frame) -> tuple[Target, str]:
    """Target and default text of a link to something of Confluence's."""
    if not frame.resources:
        return Target(None), ""
    name, attributes = frame.resources[0]
    goal = _GOALS.get(name)
    if goal is not None:
        return goal(page, frame, attributes)
    page.emitter.ledger.add("unresolved", f"link to {name}")
    return Target(None), attributes.get("ri:parameter", "")


def _to_attachment(page: StoragePage, frame: Frame, attributes: Attributes) -> tuple[Target, str]:
    filename = attributes.get("ri:filename", "")
    return attachment_target(page.emitter, page.names, page.site, filename, _other_page(frame)), filename


def _to_page(page: StoragePage, _frame: Frame, attributes: Attributes) -> tuple[Target, str]:
    title = attributes.get("ri:content-title", "")
    return page_target(page.emitter, page.names, page.site, title, attributes.get("ri:space-key")), title


def _to_blog_post(page: StoragePage, frame: Frame, attributes: Attributes) -> tuple[Target, str]:
    title = attributes.get("ri:content-title", "")
    url = page.names.blog_post_url(title, attributes.get("ri:space-key"), attributes.get("ri:posting-day"))
    return (target(url, page.site), title) if url else _to_page(page, frame, attributes)


def _to_space(page: StoragePage, _frame: Frame, attributes: Attributes) -> tuple[Target, str]:
    key = attributes.get("ri:space-key", "")
    return target(page.names.space_url(key) or f"/wiki/spaces/{key}", page.site), key


def _to_url(page: StoragePage, _frame: Frame, attributes: Attributes) -> tuple[Target, str]:
    return target(attributes.get("ri:value", ""), page.site), ""


def _to_content(page: StoragePage, _frame: Frame, attributes: Attributes) -> tuple[Target, str]:
    identifier = attributes.get("ri:content-id", "")
    label = page.names.page_title(identifier) or f"page {identifier}"
    return target(f"/wiki/pages/viewpage.action?pageId={identifier}", page.site), label


_GOALS: Final[dict[str, Callable[[StoragePage, Frame, Attributes], tuple[Target, str]]]] = {
    "ri:attachment": _to_attachment,
    "ri:page": _to_page,
    "ri:blog-post": _to_blog_post,
    "ri:space": _to_space,
    "ri:url": _to_url,
    "ri:content-entity": _to_content,
}


def _other_page(frame: Frame) -> str | None:
    """The page that an attachment belongs to when it is not this one."""
    if len(frame.resources) == 1:
        return None
    owner = resource_of(frame, "ri:page") or resource_of(frame, "ri:blog-post")
    return owner.get("ri:content-title") if owner else None


# ── ac:image ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _image(page: StoragePage, attributes: Attributes) -> None:
    if not page.in_paragraph:
        page.block_gap()
    page.open_frame("image", attributes, hold=True)


def _image_end(page: StoragePage) -> None:
    emitter = page.emitter
    frame = page.frames.pop()
    emitter.held -= 1
    caption = emitter.taken(frame.index)
    label = frame.attributes.get("ac:alt", "")
    title = frame.attributes.get("ac:title", "")
    if title and title not in {label, caption.strip()}:
        label = label or title
        caption = caption if caption.strip() else title
    attachment = resource_of(frame, "ri:attachment")
    if attachment is not None:
        filename = attachment.get("ri:filename", "")
        attachment_image(
            emitter, page.names, page.site, filename, label=label, caption=caption, page=_other_page(frame)
        )
    else:
        source = (resource_of(frame, "ri:url") or {}).get("ri:value", "")
        image(emitter, target(source, page.site), label, caption=caption)
    if not page.in_paragraph:
        page.block_gap()


def _img(page: StoragePage, attributes: Attributes) -> None:
    goal = target(attributes.get("src", ""), page.site)
    image(page.emitter, goal, attributes.get("alt", ""), caption=attributes.get("title", ""))


# ── emoji, tasks, placeholders ──────────────────────────────────────────────────────────────────────────────────────


def _emoticon(page: StoragePage, attributes: Attributes) -> None:
    emoji(
        page.emitter,
        attributes.get("ac:emoji-shortname", ""),
        attributes.get("ac:emoji-id", ""),
        attributes.get("ac:emoji-fallback", ""),
        attributes.get("ac:name", ""),
    )


def _task_list(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.open_list()


def _task_list_end(page: StoragePage) -> None:
    page.emitter.close_list()


def _task_status(page: StoragePage, _attributes: Attributes) -> None:
    def known(text: str) -> None:
        page.task_status = text.strip()

    page.capture(known)


def _task_body(page: StoragePage, _attributes: Attributes) -> None:
    done = "x" if page.task_status == "complete" else " "
    page.task_status = ""
    page.emitter.open_item(f"{t.LINK}{done}{t.LINK_END}{t.SPACE}".replace(" ", t.SPACE))


def _task_body_end(page: StoragePage) -> None:
    page.emitter.close_item()


def _placeholder(page: StoragePage, _attributes: Attributes) -> None:
    page.emitter.ledger.add("degraded", "template placeholder shown as text")


def _leave_out(page: StoragePage, _attributes: Attributes) -> None:
    page.skip()


_RESOURCES: Final = (
    "ri:page", "ri:blog-post", "ri:attachment", "ri:user", "ri:space", "ri:url", "ri:shortcut", "ri:content-entity",
)  # fmt: skip

STARTS: Final[dict[str, Starter | None]] = {
    **{name: _resource(name) for name in _RESOURCES},
    "ac:link": _link,
    "ac:image": _image,
    "img": _img,
    "ac:caption": None,
    "ac:emoticon": _emoticon,
    "ac:task-list": _task_list,
    "ac:task-status": _task_status,
    "ac:task-id": _leave_out,
    "ac:task-uuid": _leave_out,
    "ac:task-body": _task_body,
    "ac:placeholder": _placeholder,
}
ENDS: Final[dict[str, Ender]] = {
    "ac:link": _link_end,
    "ac:image": _image_end,
    "ac:task-list": _task_list_end,
    "ac:task-body": _task_body_end,
}
