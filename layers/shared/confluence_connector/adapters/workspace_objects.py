"""Everything of a workspace in the buckets: copies' texts, corpora, answers handed over, archives."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.archives import EXPORTS
from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.domain.identifiers import WORKSPACE, WorkspaceId
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.limits import (
    CORPUS_WRITES_AT_ONCE,
    EXPORT_PART_BYTES,
    EXPORT_TEXTS_AT_ONCE,
    WORKSPACE_STOP_SECONDS,
)
from confluence_connector.ports import Deadline
from confluence_connector.ports.workspace_jobs import Texts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

CORPORA: Final = "corpora/"
KEPT: Final = ("copies/", CORPORA)
PASSING: Final = ("handovers/", EXPORTS)
"""Folders of the content bucket and of the transient one; below each, one folder a workspace."""


@dataclass(frozen=True, slots=True)
class S3WorkspaceObjects:
    """The `WorkspaceObjects` port.

    The content bucket keeps what is deleted for thirty days, for an operator to restore. Of a workspace that is erased
    nothing is to be restored, so it goes version by version.
    """

    client: "S3Client"
    content_bucket: str
    transient_bucket: str

    def texts(self, workspace: WorkspaceId, after: str | None) -> Texts:
        folder = f"{CORPORA}{_checked(workspace)}/"
        with named_failures():
            answer = self.client.list_objects_v2(
                Bucket=self.content_bucket, Prefix=folder, StartAfter=after or folder, MaxKeys=EXPORT_TEXTS_AT_ONCE
            )
        names, size = list[str](), 0
        for found in answer.get("Contents", []):
            names.append(found["Key"])
            size += found["Size"]
            if size > EXPORT_PART_BYTES:
                break
        with ThreadPoolExecutor(CORPUS_WRITES_AT_ONCE) as readers:
            texts = list(readers.map(self._text, names))
        files = [
            (f"corpus/{name.removeprefix(folder)}", text)
            for name, text in zip(names, texts, strict=True)
            if text is not None
        ]
        return Texts(files, names[-1] if names else None)

    def _text(self, name: str) -> bytes | None:
        """None: sync has removed it since it was listed."""
        try:
            with named_failures():
                return self.client.get_object(Bucket=self.content_bucket, Key=name)["Body"].read()
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None

    def erase(self, workspace: WorkspaceId, deadline: Deadline) -> tuple[int, bool]:
        deleted = 0
        self._drop_unfinished(workspace)
        for bucket, versions in self._versions(workspace):
            self._delete(bucket, versions)
            deleted += len(versions)
            if deadline.remaining_seconds() < WORKSPACE_STOP_SECONDS:
                return deleted, False
        return deleted, True

    def _versions(self, workspace: WorkspaceId) -> Iterator[tuple[str, list["ObjectIdentifierTypeDef"]]]:
        """A bucket, and at most a thousand of its objects' versions; markers of deleted ones are some, too."""
        folders = [(self.content_bucket, each) for each in KEPT] + [(self.transient_bucket, each) for each in PASSING]
        for bucket, folder in folders:
            with named_failures():
                pages = self.client.get_paginator("list_object_versions").paginate(
                    Bucket=bucket, Prefix=f"{folder}{_checked(workspace)}/"
                )
                for page in pages:
                    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                    if found:
                        yield bucket, [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def _drop_unfinished(self, workspace: WorkspaceId) -> None:
        """Archives that nobody completed: their parts are no objects yet."""
        with named_failures():
            pages = self.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.transient_bucket, Prefix=f"{EXPORTS}{_checked(workspace)}/"
            )
            for each in (upload for page in pages for upload in page.get("Uploads", [])):
                self.client.abort_multipart_upload(
                    Bucket=self.transient_bucket, Key=each["Key"], UploadId=each["UploadId"]
                )

    def _delete(self, bucket: str, versions: list["ObjectIdentifierTypeDef"]) -> None:
        with named_failures():
            answer = self.client.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        if answer.get("Errors"):
            raise ServiceUnavailable(retry_after=5)


def _checked(workspace: WorkspaceId) -> WorkspaceId:
    """A name of another form could reach into somebody else's folder."""
    if not WORKSPACE.fullmatch(workspace):
        raise ValueError("not a workspace")
    return workspace
