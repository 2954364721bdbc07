"""Where a copy's Markdown lies: packed on its document's item, or, if it is too big for one, in the content bucket.

An object's name is used once. Two editors who start from the same revision write two objects, and only the one whose
item is accepted is ever read; the other's is taken back.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.domain.documents import Document
from confluence_connector.limits import ITEM_BYTES
from confluence_connector.ports import NewSecret

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

INLINE: Final = "text"
ELSEWHERE: Final = "text_at"
"""The document item's two attributes for it; an item of a copy has exactly one of them."""


@dataclass(frozen=True, slots=True)
class CopyTexts:
    """`s3` is called when an object is needed; most copies need none."""

    s3: Callable[[], "S3Client"]
    bucket: str
    new_secret: NewSecret

    def put(self, document: Document, markdown: str) -> dict[str, Any]:
        """The attributes under which `markdown` can be read again; a large text is stored before this returns."""
        packed = zlib.compress(markdown.encode())
        if len(packed) <= ITEM_BYTES:
            return {INLINE: packed}
        name = f"copies/{document.workspace}/{document.id}/{document.revision}-{self.new_secret()[:22]}"
        with named_failures():
            self.s3().put_object(Bucket=self.bucket, Key=name, Body=packed, ContentType="application/zlib")
        return {ELSEWHERE: name}

    def get(self, attributes: Mapping[str, Any]) -> str:
        """The Markdown of an item's (untyped) attributes."""
        if INLINE in attributes:
            packed: bytes = attributes[INLINE]
        else:
            with named_failures():
                packed = self.s3().get_object(Bucket=self.bucket, Key=attributes[ELSEWHERE])["Body"].read()
        return zlib.decompress(packed).decode()

    def discard(self, attributes: Mapping[str, Any]) -> None:
        """Deletes what lies elsewhere; missing is success."""
        if ELSEWHERE in attributes:
            with named_failures():
                self.s3().delete_object(Bucket=self.bucket, Key=attributes[ELSEWHERE])
