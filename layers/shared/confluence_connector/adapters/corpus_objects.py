"""The corpus's text, laid out as Amazon Bedrock Knowledge Bases read it: an object, and its metadata beside it.

    corpora/<workspace>/<connection>/<corpus>/pages/<page id>.md
    corpora/<workspace>/<connection>/<corpus>/pages/<page id>.md.metadata.json

The bucket keeps versions: what is replaced or removed here stays for its lifecycle's thirty days, and no read finds it.
Source: "Include metadata in a data source" in the Bedrock user guide.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.domain.identifiers import PAGE, PageId
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.limits import CORPUS_ERASE_STOP_SECONDS
from confluence_connector.ports import Deadline
from confluence_connector.ports.corpus import CorpusScope

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

MARKDOWN: Final = ".md"
METADATA: Final = ".metadata.json"


@dataclass(frozen=True, slots=True)
class S3CorpusObjects:
    """The `CorpusObjects` port."""

    client: "S3Client"
    bucket: str

    def put(self, scope: CorpusScope, page_id: PageId, markdown: bytes, metadata: bytes) -> None:
        """The metadata first: a reader of the bucket meets no text without it."""
        name = _name(scope, page_id)
        self._put(name + METADATA, metadata, "application/json")
        self._put(name, markdown, "text/markdown; charset=utf-8")

    def get(self, scope: CorpusScope, page_id: PageId) -> bytes | None:
        try:
            with named_failures():
                answer = self.client.get_object(Bucket=self.bucket, Key=_name(scope, page_id))
                return answer["Body"].read()
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None

    def absent(self, scope: CorpusScope, ids: Iterable[PageId]) -> Set[PageId]:
        """S3 lists names as text; ids of one length are in the same order as text and as numbers."""
        lacking: set[PageId] = set()
        for _, some in groupby(sorted(ids, key=lambda each: (len(each), each)), key=len):
            wanted = list(some)
            there = set(self._between(_name(scope, wanted[0]), _name(scope, wanted[-1]) + METADATA))
            lacking |= {each for each in wanted if not {_name(scope, each), _name(scope, each) + METADATA} <= there}
        return lacking

    def _between(self, first: str, last: str) -> Iterator[str]:
        """Both included."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=first.rpartition("/")[0] + "/", StartAfter=first.removesuffix(MARKDOWN)
        )
        with named_failures():
            for page in pages:
                for found in page.get("Contents", []):
                    if found["Key"] > last:
                        return
                    yield found["Key"]

    def remove(self, scope: CorpusScope, page_id: PageId) -> None:
        name = _name(scope, page_id)
        self._delete([name, name + METADATA])

    def erase(self, scope: CorpusScope, deadline: Deadline) -> bool:
        with named_failures():
            listed = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=_folder(scope))
            for page in listed:
                self._delete(found["Key"] for found in page.get("Contents", []))
                if page.get("IsTruncated") and deadline.remaining_seconds() < CORPUS_ERASE_STOP_SECONDS:
                    return False
        return True

    def _put(self, name: str, body: bytes, content_type: str) -> None:
        with named_failures():
            self.client.put_object(Bucket=self.bucket, Key=name, Body=body, ContentType=content_type)

    def _delete(self, names: Iterable[str]) -> None:
        """At most 1,000, which is also what a listing's answer holds. Those that do not exist are no error."""
        objects: list[ObjectIdentifierTypeDef] = [{"Key": name} for name in names]
        if not objects:
            return
        with named_failures():
            answer = self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
        if answer.get("Errors"):
            raise ServiceUnavailable(retry_after=5)


def _folder(scope: CorpusScope) -> str:
    return f"corpora/{scope.workspace}/{scope.connection_id}/{scope.corpus_id}/"


def _name(scope: CorpusScope, page_id: PageId) -> str:
    if not PAGE.fullmatch(page_id):
        raise ValueError("not an id of Confluence")
    return f"{_folder(scope)}pages/{page_id}{MARKDOWN}"
