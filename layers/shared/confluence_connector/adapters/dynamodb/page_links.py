"""Links of pages to issues, one item a page and synchronizer: its key is what makes a second one impossible (G5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from confluence_connector.adapters.dynamodb import keys, queries
from confluence_connector.adapters.dynamodb.codec import from_item, to_item, typed
from confluence_connector.adapters.dynamodb.item_batches import ItemBatches
from confluence_connector.adapters.dynamodb.revisions import RevisedItems
from confluence_connector.domain.identifiers import PAGE, PageId, SynchronizerId, WorkspaceId
from confluence_connector.domain.page_links import PageLink
from confluence_connector.ports import NewSecret, Sleep

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "PAGELINK"


@dataclass(frozen=True, slots=True)
class DynamoPageLinks:
    """The `PageLinks` port. The order is that of page ids as numbers, which is the order of the pages' making."""

    client: "DynamoDBClient"
    table: str
    new_secret: NewSecret
    sleep: Sleep

    def get(self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId) -> PageLink | None:
        try:
            key = _key(workspace, synchronizer_id, page_id)
        except ValueError:  # an id that no page can have, or nothing of ours
            return None
        item = self._items.read(key)
        return from_item(PageLink, item) if item else None

    def among(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, pages: Sequence[PageId]
    ) -> dict[PageId, PageLink]:
        wanted = (_key(workspace, synchronizer_id, page_id) for page_id in pages)
        found = ItemBatches(self.client, self.table, self.sleep).get(wanted)
        return {link.page_id: link for link in (from_item(PageLink, item) for item in found)}

    def after(
        self, workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId | None, *, limit: int
    ) -> Sequence[PageLink]:
        first = _key(workspace, synchronizer_id, page_id) if page_id else _parent(workspace, synchronizer_id, "-")
        last = _parent(workspace, synchronizer_id, "~")
        found = queries.items(
            self.client,
            self.table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=typed({":pk": first.pk, ":first": first.sk, ":last": last.sk}),
            ConsistentRead=True,
            PaginationConfig={"PageSize": limit + 1},  # that page itself is between
        )
        behind = (item for item in found if item["sk"]["S"] != first.sk)
        return [from_item(PageLink, item) for item in islice(behind, limit)]

    def save(self, link: PageLink) -> PageLink:
        saved = replace(link, revision=link.revision + 1)
        key = _key(link.workspace, link.synchronizer_id, link.page_id)
        self._items.save(to_item(saved, pk=key.pk, sk=key.sk), was=link.revision)
        return saved

    def remove(self, link: PageLink) -> None:
        self._items.remove(_key(link.workspace, link.synchronizer_id, link.page_id), was=link.revision)

    @property
    def _items(self) -> RevisedItems:
        return RevisedItems(self.client, self.table, self.new_secret)


def _key(workspace: WorkspaceId, synchronizer_id: SynchronizerId, page_id: PageId) -> keys.Key:
    """Of fixed width, so that text order is number order. Raises ValueError for what is no page's id as Confluence
    writes it: two spellings of one would be two pages with one link.
    """
    if not PAGE.fullmatch(page_id) or page_id.startswith("0"):
        raise ValueError("not a page id")
    return _parent(workspace, synchronizer_id, f"{int(page_id):019}")


def _parent(workspace: WorkspaceId, synchronizer_id: SynchronizerId, last: str) -> keys.Key:
    return keys.item(workspace, NOUN, synchronizer_id, last)
