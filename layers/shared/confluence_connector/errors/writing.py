"""What keeps a change to a page from being written."""

from confluence_connector.errors.conflicts import Conflict
from confluence_connector.errors.requests import NotFound, Unprocessable


class SectionNotFound(NotFound):
    code, title = "section_not_found", "No such section"
    default_detail = "The page has no visible heading with that text, or none with that number."
    remedy = "List the page's headings and name one of them exactly as it is written there."


class SectionAmbiguous(Conflict):
    """`candidates`: numbers of the headings that share the text."""

    code, title = "section_ambiguous", "Several sections have that heading"
    default_detail = "Several headings of the page have that text."
    remedy = "Name the section by its heading and its number, one of candidates."


class StorageMalformed(Unprocessable):
    code, title = "storage_malformed", "Storage format not well-formed"
    default_detail = "The storage format is not well-formed, so no part of the page can be changed safely."
    remedy = "Open the page in Confluence, save it again, and retry; correct storage of your own."


class MarkdownTooDeep(Unprocessable):
    code, title = "markdown_too_deep", "Nested too deeply"
    default_detail = "Lists, quotes, tables or marks are nested deeper than a page can show; nothing was written."
    remedy = "Nest less deeply, and send it again."
