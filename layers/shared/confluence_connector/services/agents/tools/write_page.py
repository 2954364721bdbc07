"""Whole pages: made, replaced, and moved to the trash."""

from typing import Annotated, Final

from pydantic import Field, model_validator

from confluence_connector.content.writing import to_storage
from confluence_connector.errors import NotFound
from confluence_connector.services.agents.call_confluence import Waiting
from confluence_connector.services.agents.tools.changing import (
    changed,
    current,
    done,
    refuse_losses,
    rewritten,
    storage_body,
    waiting,
)
from confluence_connector.services.agents.tools.desk import V2, Desk, accepted
from confluence_connector.services.agents.tools.pages import content_of, space_of
from confluence_connector.services.agents.tools.read_page import READS_A_PAGE
from confluence_connector.services.agents.tools.rows import NewRow, checked
from confluence_connector.services.agents.tools.tool import Arguments, Asks, Markdown, PageName, Result, Tool
from confluence_connector.services.agents.tools.untrusted import source_of

NEW_PAGE: Final = Asks("POST", f"{V2}/pages")
CHANGES_A_PAGE: Final = Asks("PUT", f"{V2}/pages/1")
NO_SPACE: Final = "Confluence has no such space, or the connected account may not see it."
Title = Annotated[str, Field(min_length=1, max_length=255)]
Version = Annotated[int, Field(ge=1, description="The version that you read; another one now is refused.")]

Discard = Annotated[bool, Field(description="Replace the text even if macros or mentions in it go for good.")]


class CreatePage(Arguments):
    title: Title
    markdown: Markdown
    parent: PageName | None = None
    space_key: str | None = Field(default=None, max_length=255)
    space_id: str | None = Field(default=None, pattern=r"^[0-9]{1,19}$")

    @model_validator(mode="after")
    def _one_place(self) -> "CreatePage":
        if sum(each is not None for each in (self.parent, self.space_key, self.space_id)) != 1:
            raise ValueError("exactly one of parent, space_key, space_id")
        return self


class UpdatePage(Arguments):
    page: PageName
    markdown: Markdown
    version: Version
    title: Title | None = None
    discard_macros: Discard = False


class DeletePage(Arguments):
    page: PageName


def create_page(desk: Desk, wanted: CreatePage) -> Result:
    storage = to_storage(wanted.markdown)
    space_id, parent_id = _place(desk, wanted)
    body = {"spaceId": space_id, "status": "current", "title": wanted.title, "body": storage_body(storage)}
    sent = desk.send("POST", NEW_PAGE.path, body | ({"parentId": parent_id} if parent_id else {}))
    where = f"below page {parent_id}" if parent_id else f"in space {space_id}, below its home page"
    if isinstance(sent, Waiting):
        return waiting(sent.approval, f"A new page is made {where}.")
    made = checked(NewRow, accepted(sent))
    return done(
        f"A new page was made {where}.",
        page_id=made.id,
        version=made.version.number if made.version else None,
        source=source_of(desk.site(), made.id),
    )


def _place(desk: Desk, wanted: CreatePage) -> tuple[str, str | None]:
    """Space and parent, by their ids."""
    if wanted.parent is not None:
        parent = content_of(desk, wanted.parent, body=False)
        return parent.row.space_id, parent.row.id
    if wanted.space_id is not None:
        return wanted.space_id, None
    space = space_of(desk, wanted.space_key or "")
    if space is None:
        raise NotFound(NO_SPACE, remedy="Pick one of list_spaces.")
    return space.id, None


def update_page(desk: Desk, wanted: UpdatePage) -> Result:
    content = current(desk, wanted.page, wanted.version)
    if not wanted.discard_macros:
        refuse_losses(content, content.storage)
    storage = to_storage(wanted.markdown, attachments_url=content.attachments_url)
    return rewritten(
        desk, content, storage, f"The whole text of page {content.row.id} is replaced.", title=wanted.title
    )


def delete_page(desk: Desk, wanted: DeletePage) -> Result:
    content = content_of(desk, wanted.page, body=False)
    what = f"Page {content.row.id} goes to the trash, from where a person can restore it."
    return changed(desk, what, "DELETE", content.path, page_id=content.row.id)


CREATE = Tool(
    name="create_page",
    title="Create a page",
    description="Makes a page from Markdown, below a parent page or below the home page of a space.",
    arguments=CreatePage,
    asks=(NEW_PAGE,),
    run=create_page,
)
UPDATE = Tool(
    name="update_page",
    title="Replace a page",
    description=(
        "Replaces the whole text of a page by Markdown. Refused when somebody changed the page after the version you "
        "read, and when it holds macros that Markdown cannot carry. To change a part, use update_section or "
        "append_to_page: they leave all else as it is."
    ),
    arguments=UpdatePage,
    asks=(READS_A_PAGE, CHANGES_A_PAGE),
    run=update_page,
    replaces=True,
)
DELETE = Tool(
    name="delete_page",
    title="Delete a page",
    description="Moves a page to the trash. A person can restore it from there.",
    arguments=DeletePage,
    asks=(READS_A_PAGE, Asks("DELETE", f"{V2}/pages/1")),
    run=delete_page,
    replaces=True,
)
