"""v2 comments: footer and inline, their replies, on pages and blog posts.

Source: api-facts, labels, comments, users; the documents of the footer and inline comment operations. Deletion is for
ever. Who wrote a comment may change it; to anybody else the documents answer 404.
"""

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.catalogue import Key
from local.simulator.inline_markers import SelectionNotFound, marked
from local.simulator.links import page_links
from local.simulator.pages import REPRESENTATIONS, version_row
from local.simulator.sites import Comment, CommentKind, Content, Version
from local.simulator.wire import JsonObject, Reply
from local.simulator.written import AnyBody, NextVersion, Written, read, stored


class NewFooterComment(Written):
    """A new footer comment or a reply."""

    page_id: str | None = None
    blog_post_id: str | None = None
    parent_comment_id: str | None = None
    attachment_id: str | None = None
    custom_content_id: str | None = None
    body: AnyBody


class Selection(Written):
    """The text an inline comment is about: which of how many occurrences."""

    text_selection: str
    text_selection_match_count: int
    text_selection_match_index: int


class NewInlineComment(Written):
    """A new inline comment or a reply."""

    page_id: str | None = None
    blog_post_id: str | None = None
    parent_comment_id: str | None = None
    body: AnyBody
    inline_comment_properties: Selection | None = None


class ChangedComment(Written):
    """A footer comment as it shall be."""

    version: NextVersion
    body: AnyBody


class ChangedInlineComment(ChangedComment):
    """An inline comment as it shall be."""

    resolved: bool | None = None


def _row(comment: Comment, call: Call, version: Version | None = None, *, body: str | None = None) -> JsonObject:
    """A comment as all answers show it; where it hangs is added by each."""
    content, shown = call.site.content[comment.content_id], version or comment.version
    wanted = body or call.query.one("body-format")
    if wanted is not None and wanted not in REPRESENTATIONS:
        raise call.not_simulated(f"body-format={wanted}")
    value = shown.storage if wanted == "storage" else shown.adf
    page = page_links(content, call.site.spaces[content.space_id])["webui"]
    row: JsonObject = {
        "id": comment.id,
        "status": "current" if version is None else "historical",
        "title": f"Re: {content.title}",
        "version": version_row(shown),
        "body": {} if wanted is None or value is None else {wanted: {"representation": wanted, "value": value}},
        "_links": {"webui": f"{page}?focusedCommentId={comment.id}"},
    }
    if comment.kind == "inline":
        row["resolutionStatus"] = comment.resolution
        row["properties"] = {"inlineMarkerRef": comment.marker, "inlineOriginalSelection": comment.selection}
    return row


def _container(comment: Comment, call: Call) -> JsonObject:
    content = call.site.content[comment.content_id]
    return {"blogPostId" if content.type == "blogpost" else "pageId": content.id}


def _single(comment: Comment, call: Call, version: Version | None = None, *, body: str | None = None) -> Reply:
    row = _row(comment, call, version, body=body) | _container(comment, call)
    if comment.parent_id is not None:
        row["parentCommentId"] = comment.parent_id
    return call.single(row)


def _kind(call: Call) -> CommentKind:
    return "inline" if "/inline-comments" in call.path else "footer"


def _find(call: Call, comment_id: str) -> Comment:
    """A comment of the route's kind whose page the account may read."""
    comment, kind = call.site.comments.get(comment_id), _kind(call)
    if comment is None or comment.kind != kind or not _readable(call, comment):
        raise refusals.v2(404, f"Cannot find a {kind} comment with id [{comment_id}]")
    return comment


def _readable(call: Call, comment: Comment) -> bool:
    content = call.site.find(call.account, comment.content_id, ("page", "blogpost"))
    return content is not None and content.status != "trashed"


def _listing(call: Call, wanted: list[tuple[Comment, JsonObject]]) -> Reply:
    sort = call.query.one("sort") or "created-date"

    def key(each: tuple[Comment, JsonObject]) -> Key:
        versions = each[0].versions
        moment = versions[-1 if "modified" in sort else 0].created_at
        return (moment.isoformat(), int(each[0].id))

    page = call.pager.cut(wanted, key, descending=sort.startswith("-"))
    return call.listing(page, [_row(comment, call) | place for comment, place in page.rows])


def on_content(call: Call) -> Reply:
    """The roots on one page or blog post."""
    call.only_simulated("body-format", "status", "resolution-status", "sort", "cursor", "limit")
    content = call.content(call.params["id"], "blogpost" if "/blogposts/" in call.path else "page")
    statuses = set(call.query.many("status")) or {"current"}
    resolutions = set(call.query.many("resolution-status")) if _kind(call) == "inline" else set()
    wanted = [
        (each, _container(each, call))
        for each in call.site.comments.values()
        if each.content_id == content.id
        and each.kind == _kind(call)
        and each.parent_id is None
        and "current" in statuses
        and (not resolutions or each.resolution in resolutions)
    ]
    return _listing(call, wanted)


def everywhere(call: Call) -> Reply:
    """All comments of a kind on the site, replies too."""
    call.only_simulated("body-format", "sort", "cursor", "limit")
    found = [each for each in call.site.comments.values() if each.kind == _kind(call) and _readable(call, each)]
    return _listing(call, [(each, _container(each, call)) for each in found])


def children(call: Call) -> Reply:
    """The replies to one comment."""
    call.only_simulated("body-format", "sort", "cursor", "limit")
    parent = _find(call, call.params["id"])
    found = [each for each in call.site.comments.values() if each.parent_id == parent.id]
    return _listing(call, [(each, {"parentCommentId": parent.id}) for each in found])


def get_comment(call: Call) -> Reply:
    """One comment, or an earlier version of it."""
    call.only_simulated("body-format", "version")
    comment = _find(call, call.params["comment_id"])
    version = None
    if "version" in call.query and call.query.integer("version") != comment.version.number:
        number = call.query.integer("version")
        version = next((each for each in comment.versions if each.number == number), None)
        if version is None:
            raise refusals.v2(404, f"Cannot find version {number} of the comment with id [{comment.id}]")
    return _single(comment, call, version)


def create_footer(call: Call) -> Reply:
    """A footer comment, or a reply to one."""
    asked = read(call, NewFooterComment)
    if asked.attachment_id is not None or asked.custom_content_id is not None:
        raise call.not_simulated("comments on attachments and custom content")
    content, parent = _place(call, asked)
    return _create(call, content, parent, asked.body, None)


def create_inline(call: Call) -> Reply:
    """An inline comment, or a reply to one. The text it is about gets a marker in the body, without a new version."""
    asked = read(call, NewInlineComment)
    content, parent = _place(call, asked)
    if (parent is None) == (asked.inline_comment_properties is None):
        raise refusals.v2(400, "inlineCommentProperties belongs to a comment that is not a reply, and is needed there")
    return _create(call, content, parent, asked.body, asked.inline_comment_properties)


def _place(call: Call, asked: NewFooterComment | NewInlineComment) -> tuple[Content, Comment | None]:
    places = (asked.page_id, asked.blog_post_id, asked.parent_comment_id)
    if sum(each is not None for each in places) != 1:
        raise refusals.v2(400, "Exactly one of pageId, blogPostId and parentCommentId must be given")
    parent = None if asked.parent_comment_id is None else _find(call, asked.parent_comment_id)
    if parent is not None:
        return call.site.content[parent.content_id], parent
    content = call.content(asked.page_id or asked.blog_post_id or "", "page" if asked.page_id else "blogpost")
    if content.status != "current":
        raise refusals.v2(404, f"Cannot find a {content.type} with id [{content.id}]")
    return content, None


def _create(call: Call, content: Content, parent: Comment | None, body: AnyBody, selection: Selection | None) -> Reply:
    site, comment_id = call.site, call.site.new_id()
    storage, adf = stored(call, body, comment_id, 1)
    comment = Comment(
        comment_id,
        _kind(call),
        content.id,
        parent.id if parent else None,
        [Version(1, call.world.clock(), call.account.account_id, "", storage=storage, adf=adf)],
    )
    if selection is not None:
        comment.selection = selection.text_selection
        comment.marker = _mark(call, content, comment_id, selection)
    elif parent is not None:
        comment.selection, comment.marker = parent.selection, parent.marker
    site.comments[comment_id] = comment
    reply = _answered(comment, call)
    reply.status = 201
    return reply


def _mark(call: Call, content: Content, comment_id: str, selection: Selection) -> str:
    try:
        body, marker = marked(
            content.version.storage or "",
            selection.text_selection,
            selection.text_selection_match_count,
            selection.text_selection_match_index,
            f"{call.world.seed}:{comment_id}",
        )
    except SelectionNotFound as problem:
        raise refusals.v2(400, str(problem)) from None
    call.editor.respell(content.id, body)
    return marker


def update(call: Call) -> Reply:
    """A new version of one's own comment."""
    asked = read(call, ChangedInlineComment if _kind(call) == "inline" else ChangedComment)
    comment, author = _find(call, call.params["comment_id"]), call.account.account_id
    current = comment.version
    if current.author_id != author:
        raise refusals.v2(404, f"Cannot find a {comment.kind} comment with id [{comment.id}]")
    if asked.version.number != current.number + 1:
        raise refusals.v2(
            409,
            "Version must be incremented when updating a comment. "
            f"Current Version: [{current.number}]. Provided version: [{asked.version.number}]",
        )
    storage, adf = stored(call, asked.body, comment.id, asked.version.number)
    comment.versions.append(
        Version(asked.version.number, call.world.clock(), author, "", storage, adf, asked.version.message)
    )
    if isinstance(asked, ChangedInlineComment) and asked.resolved is not None:
        was_open = comment.resolution == "open"
        comment.resolution = "resolved" if asked.resolved else "open" if was_open else "reopened"
    return _answered(comment, call)


def delete(call: Call) -> Reply:
    """Gone for ever, with its replies."""
    doomed = [_find(call, call.params["comment_id"]).id]
    while doomed:
        comment_id = doomed.pop()
        del call.site.comments[comment_id]
        doomed.extend(each.id for each in call.site.comments.values() if each.parent_id == comment_id)
    return Reply.empty()


def _answered(comment: Comment, call: Call) -> Reply:
    kept = "storage" if comment.version.storage is not None else "atlas_doc_format"
    reply = _single(comment, call, body=kept)
    reply.objects = 0
    return reply


HANDLERS: dict[str, Handler] = {
    "getPageFooterComments": on_content,
    "getPageInlineComments": on_content,
    "getBlogPostFooterComments": on_content,
    "getBlogPostInlineComments": on_content,
    "getFooterComments": everywhere,
    "getInlineComments": everywhere,
    "getFooterCommentById": get_comment,
    "getInlineCommentById": get_comment,
    "getFooterCommentChildren": children,
    "getInlineCommentChildren": children,
    "createFooterComment": create_footer,
    "createInlineComment": create_inline,
    "updateFooterComment": update,
    "updateInlineComment": update,
    "deleteFooterComment": delete,
    "deleteInlineComment": delete,
}
