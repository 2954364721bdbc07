"""Linked documents for tests: a connection and a document as the stores hold them, and what reads them."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import to_item
from confluence_connector.domain.connections import Account, Connection, Grant, Pointer, Site, Status
from confluence_connector.domain.documents import Document, Source
from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    DocumentId,
    FeatureId,
    MemberId,
    PageId,
    WorkspaceId,
)
from confluence_connector.domain.scopes import LINK
from confluence_connector.ports.cache import CachedText, CacheScope

if TYPE_CHECKING:
    from tests.aws import Aws

ACME = WorkspaceId("acme")
ALICE = MemberId("alice")
CLOUD = CloudId("11111111-2222-4333-8444-555555555555")
SITE = Site(CLOUD, "Acme", "https://acme.atlassian.net")


def an_id(kind: str, number: int = 1) -> str:
    return f"{kind}_{number:036d}"


def a_connection(now: datetime, **changes: Any) -> Connection:
    """Alice's, connected, of generation 1."""
    grant = Grant(Pointer("tests/connections/acme/1", "v1"), 1, tuple(sorted(LINK)), now, now, now)
    connection = Connection(
        id=ConnectionId(an_id("con")),
        workspace=ACME,
        owner="user",
        owner_id=ALICE,
        started_by=ALICE,
        purposes=frozenset({"link"}),
        status=Status.CONNECTED,
        created_at=now,
        account=Account("account-of-alice", "Alice"),
        site=SITE,
        grant=grant,
        generation=1,
        connected_at=now,
        revision=1,
    )
    return replace(connection, **changes)


def of_generation(connection: Connection, generation: int) -> Connection:
    """The same connection after another consent."""
    assert connection.grant
    return replace(connection, generation=generation, grant=replace(connection.grant, generation=generation))


def a_link(now: datetime, **changes: Any) -> Document:
    """A link to page 101 of Acme's site, through Alice's connection."""
    source = Source(
        provider="confluence",
        cloud_id=CLOUD,
        site_url=SITE.url,
        space_key="PROD",
        page_id=PageId("101"),
        title="Checkout",
        url=f"{SITE.url}/wiki/spaces/PROD/pages/101/Checkout",
        version=1,
    )
    document = Document(
        id=DocumentId(an_id("doc")),
        feature_id=FeatureId(an_id("ftr")),
        workspace=ACME,
        role="prd",
        mode="link",
        created_at=now,
        created_by=ALICE,
        source=source,
        connection_id=ConnectionId(an_id("con")),
        last_synced=now,
    )
    return replace(document, **changes)


def a_text(fetched_at: datetime, text: str = "# Checkout\n", **details: Any) -> CachedText:
    """A cached text as a fetch leaves it."""
    facts = {"title": "Checkout", "url": "u", "space_key": "PROD", "version": 1, "archived": 0, "losses": []} | details
    return CachedText(text, fetched_at, datetime.fromtimestamp(fetched_at.timestamp() + 600, fetched_at.tzinfo), facts)


def scope(generation: int = 1) -> CacheScope:
    return CacheScope(ACME, ConnectionId(an_id("con")), generation)


def store_connection(aws: "Aws", connection: Connection) -> None:
    """As the connection store writes it."""
    key = keys.connection(connection.workspace, connection.id)
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item=to_item(connection, pk=key.pk, sk=key.sk))


def store_document(aws: "Aws", document: Document) -> None:
    """As the document store writes a link."""
    key = keys.document(document.workspace, document.id)
    aws.dynamodb.put_item(TableName=aws.settings.state_table, Item=to_item(document, pk=key.pk, sk=key.sk))
