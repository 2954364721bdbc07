"""What goes with a page: comments, labels and files."""

from base64 import b64decode, b64encode
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from confluence_connector.content.writing import to_storage
from confluence_connector.errors import Unprocessable
from confluence_connector.services.agents.call_confluence import Waiting
from confluence_connector.services.agents.tools.changing import changed, done, storage_body, waiting
from confluence_connector.services.agents.tools.desk import V1, V2, Desk, accepted
from confluence_connector.services.agents.tools.pages import content_of, page_id_of
from confluence_connector.services.agents.tools.read_page import READS_A_PAGE
from confluence_connector.services.agents.tools.rows import NewRow, checked
from confluence_connector.services.agents.tools.tool import Arguments, Asks, Markdown, PageName, Result, Tool

COMMENTS: Final = f"{V2}/footer-comments"
Label = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\s:;,.?&\[\]()#^*!@]+$")]


class CommentOnPage(Arguments):
    page: PageName
    markdown: Markdown


class AddLabels(Arguments):
    page: PageName
    labels: list[Label] = Field(min_length=1, max_length=20)


class RemoveLabel(Arguments):
    page: PageName
    label: Label


class AttachFile(Arguments):
    page: PageName
    file_name: str = Field(min_length=1, max_length=255, pattern=r"^[^/\\\x00-\x1f]+$")
    text: str | None = Field(default=None, description="The file's content, for a text file.")
    base64: str | None = Field(default=None, description="The file's content, for any other.")
    media_type: str = Field(default="application/octet-stream", pattern=r"^[\w.+-]{1,100}/[\w.+-]{1,100}$")
    comment: str | None = Field(default=None, max_length=1_000)

    @model_validator(mode="after")
    def _one_content(self) -> "AttachFile":
        if (self.text is None) == (self.base64 is None):
            raise ValueError("one of text, base64")
        return self


def comment_on_page(desk: Desk, wanted: CommentOnPage) -> Result:
    storage = to_storage(wanted.markdown)
    content = content_of(desk, wanted.page, body=False)
    member = "pageId" if content.kind == "page" else "blogPostId"
    what = f"A comment is written on page {content.row.id}."
    sent = desk.send("POST", COMMENTS, {member: content.row.id, "body": storage_body(storage)})
    if isinstance(sent, Waiting):
        return waiting(sent.approval, what)
    return done(what, page_id=content.row.id, comment_id=checked(NewRow, accepted(sent)).id)


def add_labels(desk: Desk, wanted: AddLabels) -> Result:
    page_id = page_id_of(desk, wanted.page)
    body = [{"prefix": "global", "name": label} for label in wanted.labels]
    what = f"Page {page_id} gets {len(body)} label{'' if len(body) == 1 else 's'}."
    return changed(desk, what, "POST", f"{V1}/content/{page_id}/label", body=body, page_id=page_id)


def remove_label(desk: Desk, wanted: RemoveLabel) -> Result:
    page_id = page_id_of(desk, wanted.page)
    what = f"A label is taken off page {page_id}."
    return changed(desk, what, "DELETE", f"{V1}/content/{page_id}/label", query={"name": wanted.label}, page_id=page_id)


def attach_file(desk: Desk, wanted: AttachFile) -> Result:
    page_id = page_id_of(desk, wanted.page)
    body: dict[str, Any] = {
        "filename": wanted.file_name,
        "content": _encoded(wanted),
        "media_type": wanted.media_type,
    }
    what = f"A file is attached to page {page_id}, as a new version if one of that name is there."
    path = f"{V1}/content/{page_id}/child/attachment"
    body |= {"comment": wanted.comment} if wanted.comment else {}
    return changed(desk, what, "PUT", path, body=body, page_id=page_id)


def _encoded(wanted: AttachFile) -> str:
    if wanted.text is not None:
        return b64encode(wanted.text.encode()).decode()
    try:
        b64decode(wanted.base64 or "", validate=True)
    except ValueError:
        raise Unprocessable("base64 is no Base64.", remedy="Encode the file's bytes, without line ends.") from None
    return wanted.base64 or ""


COMMENT = Tool(
    name="comment_on_page",
    title="Comment on a page",
    description="Writes a comment, in Markdown, at the foot of a page. Everybody who sees the page sees it.",
    arguments=CommentOnPage,
    asks=(READS_A_PAGE, Asks("POST", COMMENTS)),
    run=comment_on_page,
)
LABEL = Tool(
    name="add_labels",
    title="Add labels",
    description="Puts labels on a page; those that are there stay. Confluence writes labels in lower case.",
    arguments=AddLabels,
    asks=(Asks("POST", f"{V1}/content/1/label"),),
    run=add_labels,
    repeatable=True,
)
UNLABEL = Tool(
    name="remove_label",
    title="Remove a label",
    description="Takes one label off a page.",
    arguments=RemoveLabel,
    asks=(Asks("DELETE", f"{V1}/content/1/label", {"name": "label"}),),
    run=remove_label,
    replaces=True,
    repeatable=True,
)
ATTACH = Tool(
    name="attach_file",
    title="Attach a file",
    description="Attaches a file to a page. One of that name that is there gets a new version; older ones are kept.",
    arguments=AttachFile,
    asks=(Asks("PUT", f"{V1}/content/1/child/attachment"),),
    run=attach_file,
)
