"""Everything of a workspace in the buckets: copies' texts, corpora, answers handed over, archives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from confluence_connector.adapters.aws import named_failures
from confluence_connector.domain.identifiers import WORKSPACE, WorkspaceId
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.limits import WORKSPACE_STOP_SECONDS
from confluence_connector.ports import Deadline

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

KEPT: Final = ("copies/", "corpora/")
PASSING: Final = ("handovers/", "exports/")
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

    def erase(self, workspace: WorkspaceId, deadline: Deadline) -> tuple[int, bool]:
        deleted = 0
        for bucket, versions in self._versions(workspace):
            self._delete(bucket, versions)
            deleted += len(versions)
            if deadline.remaining_seconds() < WORKSPACE_STOP_SECONDS:
                return deleted, False
        return deleted, True

    def _versions(self, workspace: WorkspaceId) -> Iterator[tuple[str, list["ObjectIdentifierTypeDef"]]]:
        """A bucket, and at most a thousand of its objects' versions; markers of deleted ones are some, too."""
        if not WORKSPACE.fullmatch(workspace):
            raise ValueError("not a workspace")
        folders = [(self.content_bucket, each) for each in KEPT] + [(self.transient_bucket, each) for each in PASSING]
        for bucket, folder in folders:
            with named_failures():
                pages = self.client.get_paginator("list_object_versions").paginate(
                    Bucket=bucket, Prefix=f"{folder}{workspace}/"
                )
                for page in pages:
                    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                    if found:
                        yield bucket, [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def _delete(self, bucket: str, versions: list["ObjectIdentifierTypeDef"]) -> None:
        with named_failures():
            answer = self.client.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        if answer.get("Errors"):
            raise ServiceUnavailable(retry_after=5)
