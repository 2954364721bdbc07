"""The pages that a text or a list of addresses names, all of them or none (H1, H2, H4)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from confluence_connector.domain.connections import Connection, Right
from confluence_connector.domain.identifiers import OURS, ConnectionId, WorkspaceId
from confluence_connector.domain.page_urls import Address, parse
from confluence_connector.domain.people import Principal
from confluence_connector.domain.readings import PageReading, ReadReference
from confluence_connector.domain.references import Wanted, references_in
from confluence_connector.errors import (
    ConnectionNotFound,
    ConnectorError,
    NoReferences,
    OtherSite,
    PageNotFound,
    TooManyReferences,
)
from confluence_connector.limits import REFERENCES
from confluence_connector.ports import Deadline
from confluence_connector.ports.atlassian import ConfluenceSites
from confluence_connector.ports.connections import Connections
from confluence_connector.services.find_connection import find_connection
from confluence_connector.services.importing.resolve_url import page_at
from confluence_connector.services.reading.read_page import PageReader


@dataclass(frozen=True, slots=True)
class ReferenceReader:
    """A person reads with what they may use; a pipeline, with nobody logged in, with what the workspace owns."""

    connections: Connections
    sites: ConfluenceSites
    pages: PageReader

    def for_person(self, person: Principal, asked: Wanted, deadline: Deadline) -> tuple[ReadReference, ...]:
        """Raises NotFound for a connection that they may not use, and as `for_workspace` does."""
        if asked.connection_id is None:
            return self.for_workspace(person.workspace, asked, deadline)
        urls = _named(asked)
        usable = [find_connection(self.connections, person, asked.connection_id, Right.USE)]
        return self._read(urls, usable, asked, deadline)

    def for_workspace(self, workspace: WorkspaceId, asked: Wanted, deadline: Deadline) -> tuple[ReadReference, ...]:
        """Reads through workspace-owned connections only: a member's own serves nobody else (A2).

        Raises NoReferences, TooManyReferences, ConnectionNotFound before anybody is asked. A page that cannot be read
        fails all of them: its error is raised, with `failures` naming each page that could not be read. Where several
        differ, one that no repeat can mend goes first.
        """
        urls = _named(asked)
        return self._read(urls, self._of_workspace(workspace, asked.connection_id), asked, deadline)

    def _of_workspace(self, workspace: WorkspaceId, connection_id: str | None) -> list[Connection]:
        found: Iterable[Connection | None]
        if connection_id is None:
            found = self.connections.of_workspace(workspace)
        else:
            known = OURS.fullmatch(connection_id)
            found = [self.connections.get(workspace, ConnectionId(connection_id)) if known else None]
        own = [each for each in found if each and each.owner == "workspace" and each.site]
        if not own:
            raise ConnectionNotFound(
                "Could not fetch linked source: this workspace has no such connection of its own.",
                remedy="An admin connects Confluence for the workspace, with a service account; or name a connection.",
            )
        return sorted(own, key=lambda each: (each.unusable_because("link") is not None, each.id))

    def _read(
        self, urls: Sequence[str], connections: Sequence[Connection], asked: Wanted, deadline: Deadline
    ) -> tuple[ReadReference, ...]:
        failed: list[tuple[str, ConnectorError]] = []
        placed = _each(urls, lambda url: _placed(url, connections), failed)
        if failed:  # nobody is asked for a part of what cannot be had as a whole
            raise _failure(failed)
        read = _each(
            placed,
            lambda url: self._page(*placed[url], max_age_seconds=asked.max_age_seconds, deadline=deadline),
            failed,
        )
        if failed:
            raise _failure(failed)
        once: dict[tuple[str, str], ReadReference] = {}
        for url, reading in read.items():
            once.setdefault((reading.source.cloud_id, reading.source.page_id), ReadReference(url, reading))
        return tuple(once.values())

    def _page(
        self, connection: Connection, address: Address, *, max_age_seconds: int, deadline: Deadline
    ) -> PageReading:
        if reason := connection.unusable_because("link"):
            raise reason
        page_id = page_at(address, self.sites.of(connection, deadline))
        if page_id is None:
            raise PageNotFound
        return self.pages.read(connection, page_id, max_age_seconds=max_age_seconds, deadline=deadline)


def _named(asked: Wanted) -> tuple[str, ...]:
    in_text = references_in(asked.text, asked.command) if asked.text else ()
    urls = tuple(dict.fromkeys([*asked.urls, *in_text]))
    if not urls:
        raise NoReferences
    if len(urls) > REFERENCES:
        raise TooManyReferences
    return urls


def _placed(url: str, connections: Sequence[Connection]) -> tuple[Connection, Address]:
    """The first connection whose site the address is on. Nobody is asked. Raises OtherSite, UnsupportedPageUrl."""
    for connection in connections:
        if connection.site is not None:
            try:
                return connection, parse(url, connection.site)
            except OtherSite:
                continue
    raise OtherSite("No connection that may be used here belongs to this URL's site.")


def _each[Found](
    urls: Iterable[str], act: Callable[[str], Found], failed: list[tuple[str, ConnectorError]]
) -> dict[str, Found]:
    done: dict[str, Found] = {}
    for url in urls:
        try:
            done[url] = act(url)
        except ConnectorError as error:
            failed.append((url, error.of_linked_source()))
    return done


def _failure(failed: Sequence[tuple[str, ConnectorError]]) -> ConnectorError:
    """Of several, one that no repeat can mend; else the one that asks for the longest wait."""
    error = max(failed, key=lambda each: (not each[1].retry, each[1].retry_after or 0))[1]
    error.members["failures"] = [
        {"url": url, "code": each.code, "detail": each.detail, "remedy": each.remedy} for url, each in failed
    ]
    return error
