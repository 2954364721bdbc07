"""The transient bucket: answers too large for one response, handed over by a short-lived URL and swept away."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.limits import CACHE_SECONDS, DOWNLOAD_URL_SECONDS
from confluence_connector.ports import Clock
from confluence_connector.ports.cache import CacheScope, HandedOver, Origin

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "handovers/"
OURS_ONLY: Final = "-"
"""In place of an origin: an answer without text of Confluence's."""


@dataclass(frozen=True, slots=True)
class S3Handovers:
    """The `Handovers` port: `handovers/<origin>/<epoch seconds of its end>-<secret>`.

    No object outlives the cache's promise (D2): its key says when the text in it is ten minutes old. `sweep` deletes it
    then, every two minutes; the bucket's own rule after a day is only the net.
    """

    client: "S3Client"
    bucket: str
    now: Clock
    new_secret: Callable[[], str]

    def put(self, body: str, content_type: str, *, origin: Origin | None, age_seconds: int) -> str:
        ends = int(self.now().timestamp()) + _left(age_seconds)
        name = f"{PREFIX}{origin or OURS_ONLY}/{ends}-{self.new_secret()}"
        with named_failures():
            self.client.put_object(Bucket=self.bucket, Key=name, Body=body.encode(), ContentType=content_type)
        return name

    def address(self, name: str, *, age_seconds: int) -> HandedOver:
        good_for = min(DOWNLOAD_URL_SECONDS, _left(age_seconds))
        url = self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": name}, ExpiresIn=good_for
        )
        return HandedOver(url, good_for)

    def withdraw(self, name: str) -> None:
        """Who hands over may write and not delete; the sweeper takes the empty rest away."""
        with named_failures():
            self.client.put_object(Bucket=self.bucket, Key=name, Body=b"")

    def purge(self, scope: CacheScope) -> None:
        with named_failures():
            within = f"{PREFIX}{scope.workspace}/"
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=within):
                for name in [found["Key"] for found in page.get("Contents", [])]:
                    if str(scope) in name.removeprefix(within).partition("/")[0].split("+"):
                        self.client.delete_object(Bucket=self.bucket, Key=name)

    def sweep(self) -> int:
        """Deletes what has had its time; returns how many."""
        now, deleted = self.now(), 0
        with named_failures():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX):
                for found in page.get("Contents", []):
                    if _end_of(found["Key"]) <= now:
                        self.client.delete_object(Bucket=self.bucket, Key=found["Key"])
                        deleted += 1
        return deleted


def _left(age_seconds: int) -> int:
    """Seconds for which a text of that age may still be served."""
    return max(1, CACHE_SECONDS - age_seconds)


def _end_of(name: str) -> datetime:
    """What no name of ours looks like has ended."""
    said = name.rpartition("/")[2].partition("-")[0]
    return datetime.fromtimestamp(int(said) if re.fullmatch("[0-9]{1,11}", said) else 0, UTC)
