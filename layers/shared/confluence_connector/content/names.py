"""The port through which a conversion learns what names and ids stand for. It never asks anybody itself."""

from typing import Any, Protocol


class Names(Protocol):
    """None means "not known, or not to be told": the text then stays neutral and the loss is reported."""

    def page_url(self, title: str, space_key: str | None) -> str | None:
        """URL of a page by title; `space_key` None means the space of the page being converted."""

    def blog_post_url(self, title: str, space_key: str | None, posting_day: str | None) -> str | None:
        """URL of a blog post; `posting_day` as in storage, 2026/01/31."""

    def space_url(self, space_key: str) -> str | None: ...

    def attachment_url(self, filename: str, page_title: str | None) -> str | None:
        """URL of an attachment of the page being converted, or of the page with that title."""

    def attachment_name(self, file_id: str) -> str | None:
        """File name for a media file id (ADF's `media.id`, the attachment's `fileId`)."""

    def page_title(self, page_id: str) -> str | None: ...

    def user_name(self, account_id: str) -> str | None: ...


class NoNames:
    """Resolves nothing."""

    def page_url(self, title: str, space_key: str | None) -> str | None:  # noqa: ARG002  the port's signature
        return None

    def blog_post_url(self, title: str, space_key: str | None, posting_day: str | None) -> str | None:  # noqa: ARG002
        return None

    def space_url(self, space_key: str) -> str | None:  # noqa: ARG002
        return None

    def attachment_url(self, filename: str, page_title: str | None) -> str | None:  # noqa: ARG002
        return None

    def attachment_name(self, file_id: str) -> str | None:  # noqa: ARG002
        return None

    def page_title(self, page_id: str) -> str | None:  # noqa: ARG002
        return None

    def user_name(self, account_id: str) -> str | None:  # noqa: ARG002
        return None


NO_NAMES: Names = NoNames()


class ListedNames(NoNames):
    """Names from a table: `{"attachments": {file id: name}, "pages": {page id: title}, "users": {account id: name}}`.

    A value is the name, or an object with `title`, `name`, `filename` or `displayName`, and optionally `url`. A table
    without those three sections is taken as one list of ids for all of them.
    """

    SECTIONS = ("attachments", "pages", "users")
    LABELS = ("title", "name", "filename", "fileName", "displayName", "publicName")

    def __init__(self, table: dict[str, Any]) -> None:
        sectioned = any(isinstance(table.get(section), dict) for section in self.SECTIONS)
        self._entries = {section: (table.get(section) or {}) if sectioned else table for section in self.SECTIONS}

    def _label(self, section: str, key: str) -> str | None:
        entry = self._entries[section].get(key)
        if isinstance(entry, dict):
            entry = next((entry[label] for label in self.LABELS if isinstance(entry.get(label), str)), None)
        return entry if isinstance(entry, str) and entry else None

    def _url(self, section: str, label: str) -> str | None:
        for key, entry in self._entries[section].items():
            if isinstance(entry, dict) and self._label(section, key) == label:
                url = entry.get("url")
                return url if isinstance(url, str) else None
        return None

    def page_url(self, title: str, space_key: str | None) -> str | None:  # noqa: ARG002  titles only, here
        return self._url("pages", title)

    def attachment_url(self, filename: str, page_title: str | None) -> str | None:
        return None if page_title else self._url("attachments", filename)

    def attachment_name(self, file_id: str) -> str | None:
        return self._label("attachments", file_id)

    def page_title(self, page_id: str) -> str | None:
        return self._label("pages", page_id)

    def user_name(self, account_id: str) -> str | None:
        return self._label("users", account_id)
