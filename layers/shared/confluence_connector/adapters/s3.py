"""The transient bucket: answers too large for one response, handed over by a short-lived URL and swept away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from confluence_connector.adapters.aws import named_failures
from confluence_connector.limits import CACHE_SECONDS, DOWNLOAD_URL_SECONDS
from confluence_connector.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "handovers/"


@dataclass(frozen=True, slots=True)
class Handovers:
    """No object outlives the cache's promise (D2): `sweep` deletes it after ten minutes, the bucket after a day."""

    client: "S3Client"
    bucket: str
    now: Clock
    new_secret: Callable[[], str]

    def hand_over(self, body: str, content_type: str) -> str:
        """Stores `body` and returns a URL that serves it for `DOWNLOAD_URL_SECONDS`."""
        key = PREFIX + self.new_secret()
        with named_failures():
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body.encode(), ContentType=content_type)
        return self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=DOWNLOAD_URL_SECONDS
        )

    def sweep(self) -> int:
        """Deletes what is older than ten minutes; returns how many."""
        oldest: datetime = self.now() - timedelta(seconds=CACHE_SECONDS)
        deleted = 0
        with named_failures():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX):
                for found in page.get("Contents", []):
                    if found["LastModified"] <= oldest:
                        self.client.delete_object(Bucket=self.bucket, Key=found["Key"])
                        deleted += 1
        return deleted
