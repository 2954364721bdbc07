"""Parts of pages: one section replaced, or something appended. Every other byte of the page stays (F9)."""

from pydantic import model_validator

from confluence_connector.content.writing import to_storage
from confluence_connector.content.writing.sections import (
    Section,
    Selector,
    append,
    append_to_section,
    replace_section,
    section_named,
    sections,
)
from confluence_connector.services.agents.tools.changing import current, refuse_losses, rewritten
from confluence_connector.services.agents.tools.desk import Desk
from confluence_connector.services.agents.tools.read_page import READS_A_PAGE, Heading, Ordinal
from confluence_connector.services.agents.tools.tool import Arguments, Markdown, PageName, Result, Tool
from confluence_connector.services.agents.tools.write_page import CHANGES_A_PAGE, Discard, Version


class UpdateSection(Arguments):
    page: PageName
    section: Heading
    ordinal: Ordinal = None
    markdown: Markdown
    version: Version | None = None
    discard_macros: Discard = False


class AppendToPage(Arguments):
    page: PageName
    markdown: Markdown
    section: Heading | None = None
    ordinal: Ordinal = None
    version: Version | None = None

    @model_validator(mode="after")
    def _whose_ordinal(self) -> "AppendToPage":
        if self.ordinal is not None and self.section is None:
            raise ValueError("ordinal needs section")
        return self


def update_section(desk: Desk, wanted: UpdateSection) -> Result:
    content = current(desk, wanted.page, wanted.version)
    selector = Selector(wanted.section, wanted.ordinal)
    section = section_named(content.storage, selector)
    if not wanted.discard_macros:
        refuse_losses(content, content.storage[section.content : section.end])
    new = _below(section, to_storage(wanted.markdown, attachments_url=content.attachments_url))
    storage = replace_section(content.storage, selector, new)
    return rewritten(desk, content, storage, f"Section {section.ordinal} of page {content.row.id} is replaced.")


def _below(section: Section, storage: str) -> str:
    """What is to stand under the heading. A model that sends the heading along does not want it twice."""
    first = next(iter(sections(storage)), None)
    again = first is not None and first.start == 0 and (first.heading, first.level) == (section.heading, section.level)
    return storage[first.content :] if first is not None and again else storage


def append_to_page(desk: Desk, wanted: AppendToPage) -> Result:
    content = current(desk, wanted.page, wanted.version)
    new = to_storage(wanted.markdown, attachments_url=content.attachments_url)
    if wanted.section is None:
        return rewritten(desk, content, append(content.storage, new), f"Text is added to page {content.row.id}.")
    storage = append_to_section(content.storage, Selector(wanted.section, wanted.ordinal), new)
    return rewritten(desk, content, storage, f"Text is added to a section of page {content.row.id}.")


SECTION = Tool(
    name="update_section",
    title="Replace a section",
    description=(
        "Replaces what stands under one heading of a page, lower headings included, by Markdown. The heading and every "
        "byte outside the section stay as they are, macros too. Refused when macros inside the section would be lost, "
        "and, where you give version, when the page has changed since."
    ),
    arguments=UpdateSection,
    asks=(READS_A_PAGE, CHANGES_A_PAGE),
    run=update_section,
    replaces=True,
)
APPEND = Tool(
    name="append_to_page",
    title="Append to a page",
    description="Adds Markdown at the end of a page, or of one of its sections. All else stays as it is, macros too.",
    arguments=AppendToPage,
    asks=(READS_A_PAGE, CHANGES_A_PAGE),
    run=append_to_page,
)
