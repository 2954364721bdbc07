"""The index of a corpus, in a table of its own: what is in it can be made again by a full sync."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.dynamodb import corpus_items as items
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.adapters.dynamodb.codec import from_item, typed
from confluence_connector.adapters.dynamodb.item_batches import ItemBatches
from confluence_connector.domain.corpus import Author, Change, CorpusPage, CoveredSpace, Missing
from confluence_connector.domain.identifiers import PageId, RunId
from confluence_connector.limits import CORPUS_ERASE_STOP_SECONDS, CORPUS_WRITES_AT_ONCE, TITLES_LOOKED_AT
from confluence_connector.ports import Clock, Deadline, Sleep
from confluence_connector.ports.corpus import CorpusScope, PageList

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONDITION_FAILED = "ConditionalCheckFailedException"
ERASED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DynamoCorpusIndex:
    """The `CorpusIndex` port."""

    client: "DynamoDBClient"
    table: str
    now: Clock
    sleep: Sleep

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def get(self, scope: CorpusScope, ids: Iterable[PageId]) -> Mapping[PageId, CorpusPage]:
        found = self._batches.get(items.page_key(scope, int(each)) for each in ids)
        pages = (from_item(CorpusPage, item) for item in found)
        return {page.id: page for page in pages}

    def between(
        self, scope: CorpusScope, after: PageId | None, up_to: PageId | None, limit: int
    ) -> Sequence[CorpusPage]:
        first = int(after) + 1 if after is not None else 0
        last = int(up_to) if up_to is not None else items.LAST_PAGE
        if first > last:
            return []
        found = self._query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=typed(
                {
                    ":pk": items.partition(scope),
                    ":first": items.page_key(scope, first).sk,
                    ":last": items.page_key(scope, last).sk,
                }
            ),
            Limit=limit,
        )
        return [from_item(CorpusPage, item) for item in islice(found, limit)]

    def put(self, scope: CorpusScope, pages: Iterable[CorpusPage]) -> None:
        """One conditional write a page: batches know no conditions, transactions cost double and fall together."""
        with ThreadPoolExecutor(CORPUS_WRITES_AT_ONCE) as writers:
            for _ in writers.map(lambda page: self._put(scope, page), pages):
                pass

    def _put(self, scope: CorpusScope, page: CorpusPage) -> None:
        try:
            with named_failures():
                self.client.put_item(
                    TableName=self.table,
                    Item=items.page_item(scope, page),
                    ConditionExpression="attribute_not_exists(pk) OR version <= :version",
                    ExpressionAttributeValues=typed({":version": page.version}),
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise

    def remove(self, scope: CorpusScope, ids: Iterable[PageId]) -> None:
        self._batches.delete(items.page_key(scope, int(each)) for each in ids)

    def by_title(
        self, scope: CorpusScope, *, space_key: str | None, title_part: str | None, limit: int, after: str | None
    ) -> PageList:
        """Looks for them in the index's keys and reads only those that may be meant; the rows decide."""
        positions: list[str] = []
        last = after
        for looked_at, entry in enumerate(self._titles(scope, after), start=1):
            last = entry["title_sk"]["S"]
            if items.may_match(last, space_key, title_part):
                positions.append(entry["sk"]["S"])
            if len(positions) == limit or looked_at == TITLES_LOOKED_AT:
                break
        else:
            last = None
        partition = items.partition(scope)
        found = {item["sk"]["S"]: item for item in self._batches.get(keys.Key(partition, sk) for sk in positions)}
        pages = [from_item(CorpusPage, found[sk]) for sk in positions if sk in found]
        wanted = title_part.casefold() if title_part is not None else ""
        return PageList(
            [page for page in pages if wanted in page.title.casefold() and space_key in {None, page.space_key}], last
        )

    def _titles(self, scope: CorpusScope, after: str | None) -> Iterator[dict[str, Any]]:
        condition, values = "title_pk = :pk", {":pk": items.partition(scope)}
        if after is not None:
            condition, values = f"{condition} AND title_sk > :after", values | {":after": after}
        return self._query(
            IndexName="by_title",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=typed(values),
            consistent=False,  # an index knows no other
        )

    # ── suspects of a run ───────────────────────────────────────────────────────────────────────────────────────────
    def note_missing(self, scope: CorpusScope, missing: Iterable[Missing]) -> None:
        now = self.now()
        self._batches.put(items.missing_item(scope, each, now) for each in missing)

    def missing(self, scope: CorpusScope, run_id: RunId, limit: int) -> Sequence[Missing]:
        found = self._beginning(scope, items.missing_prefix(run_id), Limit=limit)
        return [from_item(Missing, item) for item in islice(found, limit)]

    def forget_missing(self, scope: CorpusScope, missing: Iterable[Missing]) -> None:
        self._batches.delete(items.missing_key(scope, each) for each in missing)

    # ── spaces and authors ──────────────────────────────────────────────────────────────────────────────────────────
    def spaces(self, scope: CorpusScope) -> Sequence[CoveredSpace]:
        return [from_item(CoveredSpace, item) for item in self._beginning(scope, keys.prefix(items.SPACE))]

    def put_spaces(self, scope: CorpusScope, spaces: Iterable[CoveredSpace], gone: Iterable[CoveredSpace] = ()) -> None:
        self._batches.put(items.space_item(scope, each) for each in spaces)
        self._batches.delete(items.space_key(scope, each) for each in gone)

    def authors(self, scope: CorpusScope, account_ids: Iterable[str]) -> Mapping[str, str | None]:
        found = self._batches.get(items.author_key(scope, each) for each in account_ids)
        authors = (from_item(Author, item) for item in found)
        return {author.account_id: author.name for author in authors}

    def put_authors(self, scope: CorpusScope, names: Mapping[str, str | None]) -> None:
        now = self.now()
        self.note_authors(scope, [Author(account_id, name, now) for account_id, name in names.items()])

    def authors_to_report(self, scope: CorpusScope, before: datetime, limit: int) -> Sequence[Author]:
        found = (from_item(Author, item) for item in self._beginning(scope, keys.prefix(items.AUTHOR)))
        return list(islice((each for each in found if (each.reported_at or each.fetched_at) < before), limit))

    def note_authors(self, scope: CorpusScope, authors: Iterable[Author]) -> None:
        self._batches.put(items.author_item(scope, author) for author in authors)

    # ── the change feed ─────────────────────────────────────────────────────────────────────────────────────────────
    def put_changes(self, scope: CorpusScope, number: int, changes: Sequence[Change]) -> None:
        self._batches.put(items.changes_items(scope, number, changes, self.now()))

    def changes(self, scope: CorpusScope, after: int, up_to: int, limit: int) -> Sequence[tuple[int, Sequence[Change]]]:
        if after >= up_to:
            return []
        now = int(self.now().timestamp())
        found = self._query(
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=typed(
                {
                    ":pk": items.partition(scope),
                    ":first": items.changes_position(after + 1),
                    ":last": items.changes_position(min(up_to, items.LAST_NUMBER)) + keys.SEPARATOR + "~",
                }
            ),
            Limit=limit,
        )
        kept = (item for item in found if int(item["expires_at"]["N"]) > now)
        batches = groupby(kept, lambda item: int(item["number"]["N"]))
        return [(number, items.changes_of(pieces)) for number, pieces in islice(batches, limit)]

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def erase(self, scope: CorpusScope, deadline: Deadline) -> bool:
        found = self._query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=typed({":pk": items.partition(scope)}),
            ProjectionExpression="pk, sk",
        )
        while some := list(islice(found, ERASED_AT_ONCE)):
            self._batches.delete(keys.Key(item["pk"]["S"], item["sk"]["S"]) for item in some)
            if deadline.remaining_seconds() < CORPUS_ERASE_STOP_SECONDS:
                return False
        return True

    @property
    def _batches(self) -> ItemBatches:
        return ItemBatches(self.client, self.table, self.sleep)

    def _beginning(self, scope: CorpusScope, prefix: str, **paging: Any) -> Iterator[dict[str, Any]]:
        return self._query(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=typed({":pk": items.partition(scope), ":prefix": prefix}),
            **paging,
        )

    def _query(self, *, consistent: bool = True, **query: Any) -> Iterator[dict[str, Any]]:
        with named_failures():
            pages = self.client.get_paginator("query").paginate(
                TableName=self.table, ConsistentRead=consistent, **query
            )
            for page in pages:
                yield from page["Items"]
