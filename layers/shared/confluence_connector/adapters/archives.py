"""A workspace's archive in the transient bucket, which grows over many turns and is flat in memory.

    exports/<workspace>/<job>/archive.zip        one upload in parts, completed at the end
    exports/<workspace>/<job>/work/<step>.rest   what is too little for a part yet
    exports/<workspace>/<job>/work/<step>.index  the step's part of the table of contents

A step that is done again writes the same names anew; only what the job's item says is ever read. An upload that nobody
completes is dropped by the bucket's rule after a day, and so is the archive.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.adapters.zip_blocks import block_of, end_of
from confluence_connector.domain.workspace_archives import Archive
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.errors import WorkspaceTooLarge
from confluence_connector.limits import DOWNLOAD_URL_SECONDS, EXPORT_BYTES, EXPORT_ENTRIES, EXPORT_PART_BYTES
from confluence_connector.ports.cache import HandedOver

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

EXPORTS: Final = "exports/"
MISSING: Final = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class S3Archives:
    """The `Archives` port."""

    client: "S3Client"
    bucket: str

    def begin(self, job: WorkspaceJob) -> Archive:
        with named_failures():
            answer = self.client.create_multipart_upload(
                Bucket=self.bucket, Key=_name(job), ContentType="application/zip"
            )
        return Archive(answer["UploadId"])

    def add(self, job: WorkspaceJob, archive: Archive, files: Iterable[tuple[str, bytes]]) -> Archive:
        block = block_of(files, at=archive.length, moment=job.created_at)
        grown = replace(
            archive,
            length=archive.length + len(block.entries),
            entries=archive.entries + block.count,
            step=archive.step + 1,
        )
        if grown.length > EXPORT_BYTES or grown.entries > EXPORT_ENTRIES:
            raise WorkspaceTooLarge
        parts, rest = self._uploaded(job, archive, self._rest(job, archive) + block.entries)
        self._put(f"{_work(job)}{grown.step:06}.index", block.directory)
        self._put(f"{_work(job)}{grown.step:06}.rest", rest)
        return replace(grown, parts=parts)

    def seal(self, job: WorkspaceJob, archive: Archive, until: datetime) -> Archive:
        size = self._size(_name(job))
        if size is None:
            directory = b"".join(self._get(f"{_work(job)}{step:06}.index") for step in range(1, archive.step + 1))
            end = end_of(entries=archive.entries, directory_bytes=len(directory), at=archive.length)
            parts, rest = self._uploaded(job, archive, self._rest(job, archive) + directory + end)
            self._upload(job, archive, parts + 1, rest)
            self._complete(job, archive)
            size = self._size(_name(job)) or 0
        with named_failures():
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=_work(job)):
                for found in page.get("Contents", []):
                    self.client.delete_object(Bucket=self.bucket, Key=found["Key"])
        return replace(archive, length=size, available_until=until)

    def address(self, job: WorkspaceJob) -> HandedOver:
        url = self.client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": _name(job)}, ExpiresIn=DOWNLOAD_URL_SECONDS
        )
        return HandedOver(url, DOWNLOAD_URL_SECONDS)

    def _uploaded(self, job: WorkspaceJob, archive: Archive, whole: bytes) -> tuple[int, bytes]:
        """As much of it as makes whole parts; how many parts there are now, and what is left of it."""
        parts = archive.parts
        while len(whole) > EXPORT_PART_BYTES:
            parts += 1
            self._upload(job, archive, parts, whole[:EXPORT_PART_BYTES])
            whole = whole[EXPORT_PART_BYTES:]
        return parts, whole

    def _upload(self, job: WorkspaceJob, archive: Archive, number: int, part: bytes) -> None:
        """The same number again replaces it."""
        with named_failures():
            self.client.upload_part(
                Bucket=self.bucket, Key=_name(job), UploadId=archive.upload_id, PartNumber=number, Body=part
            )

    def _complete(self, job: WorkspaceJob, archive: Archive) -> None:
        name, upload_id = _name(job), archive.upload_id
        parts: list[CompletedPartTypeDef] = []
        with named_failures():
            listed = self.client.get_paginator("list_parts").paginate(Bucket=self.bucket, Key=name, UploadId=upload_id)
            for page in listed:
                parts += [{"PartNumber": each["PartNumber"], "ETag": each["ETag"]} for each in page.get("Parts", [])]
            self.client.complete_multipart_upload(
                Bucket=self.bucket, Key=name, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )

    def _rest(self, job: WorkspaceJob, archive: Archive) -> bytes:
        return self._get(f"{_work(job)}{archive.step:06}.rest") if archive.step else b""

    def _size(self, name: str) -> int | None:
        """None: it is not there."""
        try:
            with named_failures():
                return self.client.head_object(Bucket=self.bucket, Key=name)["ContentLength"]
        except ClientError as error:
            if code_of(error) not in MISSING:
                raise
            return None

    def _get(self, name: str) -> bytes:
        with named_failures():
            return self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()

    def _put(self, name: str, body: bytes) -> None:
        with named_failures():
            self.client.put_object(Bucket=self.bucket, Key=name, Body=body)


def _folder(job: WorkspaceJob) -> str:
    return f"{EXPORTS}{job.workspace}/{job.id}/"


def _name(job: WorkspaceJob) -> str:
    return f"{_folder(job)}archive.zip"


def _work(job: WorkspaceJob) -> str:
    return f"{_folder(job)}work/"
