"""v2 writes of pages and blog posts: create, update, rename, to the trash, for ever.

Source: api-facts, writes; the documents of `createPage`, `updatePage`, `deletePage` and their blog post twins.
"""

from dataclasses import replace
from typing import Literal

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.pages import page_row
from local.simulator.sites import Content, ContentType, Space, Version
from local.simulator.wire import Reply
from local.simulator.written import AnyBody, NextVersion, Written, read, stored

LARGEST_BODY_BYTES = 5 * 1024 * 1024
LONGEST_TITLE = 255
NAMES: dict[ContentType, str] = {"page": "page", "blogpost": "blog post"}

type Writable = Literal["current", "draft"]


class NewPost(Written):
    """A new blog post."""

    space_id: str
    status: Writable = "current"
    title: str = ""
    body: AnyBody | None = None
    created_at: str | None = None


class NewPage(Written):
    """A new page."""

    space_id: str
    status: Writable = "current"
    title: str = ""
    parent_id: str | None = None
    body: AnyBody | None = None
    subtype: Literal["live"] | None = None


class ChangedPost(Written):
    """A blog post as it shall be."""

    id: str
    status: Writable
    title: str
    space_id: str | None = None
    body: AnyBody
    version: NextVersion
    created_at: str | None = None


class ChangedPage(Written):
    """A page as it shall be."""

    id: str
    status: Writable
    title: str
    space_id: str | None = None
    parent_id: str | None = None
    owner_id: str | None = None
    body: AnyBody
    version: NextVersion


class NewTitle(Written):
    """A page's new title."""

    status: Writable
    title: str


def create_page(call: Call) -> Reply:
    """A page under the space's homepage, under `parentId`, or at the root."""
    _measure(call)
    call.only_simulated("private", "root-level")
    asked = read(call, NewPage)
    if asked.subtype is not None:
        raise call.not_simulated(f"subtype={asked.subtype}")
    space = call.space(asked.space_id)
    at_root = call.query.flag("root-level")
    if at_root and asked.parent_id is not None:
        raise refusals.v2(400, "parentId may not be given with root-level")
    parent_id = None if at_root else parent_in(call, asked.parent_id, space) or space.homepage_id or None
    return _create(call, "page", space, parent_id, asked)


def create_blog_post(call: Call) -> Reply:
    """A blog post; it has no parent."""
    _measure(call)
    call.only_simulated("private")
    asked = read(call, NewPost)
    if asked.created_at is not None:
        raise call.not_simulated("a creation date of one's own")
    return _create(call, "blogpost", call.space(asked.space_id), None, asked)


def _create(call: Call, kind: ContentType, space: Space, parent_id: str | None, asked: NewPage | NewPost) -> Reply:
    if asked.status == "current":
        _check_title(call, kind, space.id, asked.title)
    content_id, author, now = call.site.new_id(), call.account.account_id, call.world.clock()
    storage, adf = stored(call, asked.body, content_id, 1)
    version = Version(1, now, author, asked.title, storage=storage, adf=adf)
    position = last_position(call, parent_id) + 1
    content = Content(content_id, kind, space.id, parent_id, position, author, now, [version], asked.status)
    # A draft is its author's alone until it is published; a private page stays so.
    content.editors = frozenset({author}) if call.query.flag("private") else None
    content.readers = frozenset({author}) if asked.status == "draft" else content.editors
    call.site.changed.add(call.site.add(content).id)
    return _written(call, content)


def update(call: Call) -> Reply:
    """A new version with the whole body. 409 unless its number is the current one plus one."""
    kind = _kind(call)
    _measure(call)
    asked: ChangedPage | ChangedPost = read(call, ChangedPage) if kind == "page" else read(call, ChangedPost)
    content = call.may_edit(call.content(call.params["id"], kind))
    if asked.id != content.id:
        raise refusals.v2(400, "The id in the body is not the id in the path")
    if asked.space_id not in {None, content.space_id}:
        raise refusals.v2(400, "A page cannot be moved to another space this way")
    if isinstance(asked, ChangedPage):
        if asked.owner_id not in {None, content.author_id}:
            raise call.not_simulated("a change of owner")
        parent_id = parent_in(call, asked.parent_id, call.site.spaces[content.space_id], content)
    elif asked.created_at is not None:
        raise call.not_simulated("a creation date of one's own")
    else:
        parent_id = None
    if content.status == "draft":
        _update_draft(call, content, asked)
    else:
        _update_published(call, content, asked)
    if parent_id is not None and parent_id != content.parent_id:
        call.editor.move(content.id, parent_id)
    return _written(call, content)


def _update_published(call: Call, content: Content, asked: ChangedPage | ChangedPost) -> None:
    if asked.status == "draft":
        raise call.not_simulated("a draft beside a published version")
    if content.status == "archived":
        raise refusals.v2(400, "Archived content cannot be updated")
    current = content.version.number
    if asked.version.number != current + 1:
        raise refusals.v2(
            409,
            "Version must be incremented when updating a page. "
            f"Current Version: [{current}]. Provided version: [{asked.version.number}]",
        )
    _check_title(call, content.type, content.space_id, asked.title, but=content.id)
    storage, adf = stored(call, asked.body, content.id, current + 1)
    if content.status == "trashed":
        # Restoring changes the status only, whatever else was sent.
        call.editor.restore(content.id)
        return
    call.editor.edit(
        content.id,
        call.world.clock(),
        storage=storage,
        adf=adf,
        title=asked.title,
        author_id=call.account.account_id,
        message=asked.version.message,
    )


def _update_draft(call: Call, content: Content, asked: ChangedPage | ChangedPost) -> None:
    """A draft has no history: it is overwritten, and published as version 1."""
    if asked.version.number != 1:
        raise refusals.v2(400, "A draft takes version number 1")
    if asked.status == "current":
        _check_title(call, content.type, content.space_id, asked.title, but=content.id)
    storage, adf = stored(call, asked.body, content.id, 1)
    now = call.world.clock()
    content.versions[-1] = replace(content.version, created_at=now, title=asked.title, storage=storage, adf=adf)
    if asked.status == "current":
        content.readers = content.editors
        content.status = "current"
    call.site.changed.add(content.id)


def rename(call: Call) -> Reply:
    """A new title is a new version; no number is asked for."""
    asked = read(call, NewTitle)
    content = call.may_edit(call.content(call.params["id"], "page"))
    if asked.status != content.status:
        raise refusals.v2(400, f"The page is not {asked.status}")
    _check_title(call, "page", content.space_id, asked.title, but=content.id)
    author = call.account.account_id
    call.editor.edit(content.id, call.world.clock(), title=asked.title, author_id=author)
    return _written(call, content)


def delete(call: Call) -> Reply:
    """To the trash; from there, with `purge`, for ever. A draft, with `draft`, at once."""
    kind = _kind(call)
    content = call.may_edit(call.content(call.params["id"], kind))
    purge, draft = call.query.flag("purge"), call.query.flag("draft")
    if draft != (content.status == "draft") or (purge and content.status != "trashed"):
        wanted = "a draft" if draft else "in the trash" if purge else "published"
        raise refusals.v2(400, f"The {NAMES[kind]} is not {wanted}")
    if purge or draft:
        purge_content(call, content)
    elif content.status == "trashed":
        raise refusals.v2(404, f"Cannot find a {kind} with id [{content.id}]")
    else:
        call.editor.trash(content.id)
    return Reply.empty()


def purge_content(call: Call, content: Content) -> None:
    """Remove content and what hangs on it."""
    site = call.site
    for comment in [each for each in site.comments.values() if each.content_id == content.id]:
        del site.comments[comment.id]
    for attachment in [each for each in site.attachments.values() if each.content_id == content.id]:
        del site.attachments[attachment.id]
        site.changed_attachments.add(attachment.id)
    call.editor.purge(content.id)


def title_taken(call: Call, kind: ContentType, space_id: str, title: str, *, but: str = "") -> bool:
    """Whether other content has the title: archived content counts, what is in the trash does not."""
    return any(
        each.type == kind and each.space_id == space_id and each.status in {"current", "archived"} and each.id != but
        for each in call.site.catalogue.titled(title)
    )


def last_position(call: Call, parent_id: str | None) -> int:
    """The highest position below a parent; 0 if there is nothing."""
    return max((child.position for child in call.site.children(parent_id or "")), default=0)


def _check_title(call: Call, kind: ContentType, space_id: str, title: str, *, but: str = "") -> None:
    if not title.strip():
        raise refusals.v2(400, "A title must not be empty")
    if len(title) > LONGEST_TITLE:
        raise refusals.v2(400, f"A title has at most {LONGEST_TITLE} characters")
    if title_taken(call, kind, space_id, title, but=but):
        raise refusals.v2(400, f"A {NAMES[kind]} with this title already exists: {title}")


def parent_in(call: Call, parent_id: str | None, space: Space, child: Content | None = None) -> str | None:
    """The parent's id, if one is asked for. Refuses one outside the space's tree, and a loop."""
    if parent_id is None:
        return None
    parent = call.content(parent_id, "page", "folder")
    if parent.space_id != space.id or parent.status not in {"current", "archived"}:
        raise refusals.v2(400, "The parent is not in this space's tree")
    if child is not None and child in (parent, *call.site.ancestors(parent)):
        raise refusals.v2(400, "A page cannot be below itself")
    return parent.id


def _measure(call: Call) -> None:
    if len(call.request.body) > LARGEST_BODY_BYTES:
        raise refusals.v2(413, "The request is too large")


def _kind(call: Call) -> ContentType:
    return "blogpost" if "/blogposts/" in call.path else "page"


def _written(call: Call, content: Content) -> Reply:
    """The content with the body it now has. A write costs one point, whatever it answers."""
    reply = call.single(page_row(content, call, bulk=False, body=_as_kept(content.version)))
    reply.objects = 0
    return reply


def _as_kept(version: Version) -> Literal["storage", "atlas_doc_format"]:
    return "storage" if version.storage is not None else "atlas_doc_format"


HANDLERS: dict[str, Handler] = {
    "createPage": create_page,
    "updatePage": update,
    "updatePageTitle": rename,
    "deletePage": delete,
    "createBlogPost": create_blog_post,
    "updateBlogPost": update,
    "deleteBlogPost": delete,
}
