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


class VersionConflict(Conflict):
    """`current_version`: the page's."""

    code, title = "version_conflict", "Changed in the meantime"
    default_detail = "The page has another version than the change was made for; nothing was written."
    remedy = "Read the page again, make the change to what it says now, and send it with current_version."


class ContentWouldBeLost(Conflict):
    """`losses`: what the page holds that Markdown cannot carry."""

    code, title = "content_would_be_lost", "Content would be lost"
    default_detail = "The text to be replaced holds macros or mentions that Markdown cannot carry; they would be lost."
    remedy = "Change a section without them, or append; or send it with discard_macros if they are to go."


class ConfluenceRefused(Unprocessable):
    """`upstream_status` and `confluence_said`, which is Confluence's sentence and may quote a page."""

    code, title = "confluence_refused", "Refused by Confluence"
    default_detail = "Confluence did not accept the request; nothing was written."
    remedy = "Correct what confluence_said names, and send it again."
