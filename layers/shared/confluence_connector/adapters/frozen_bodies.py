"""Bodies of requests that wait for a person, in the transient bucket. Its rule of a day is the net behind `remove`: S3
counts it from the midnight after, so none goes before its approval expires.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from confluence_connector.adapters.aws import code_of, named_failures
from confluence_connector.domain.identifiers import ApprovalId
from confluence_connector.ports import NewSecret

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX: Final = "approvals/"
MISSING: Final = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class S3FrozenBodies:
    """The `FrozenBodies` port: `approvals/<approval>-<secret>`."""

    client: "S3Client"
    bucket: str
    new_secret: NewSecret

    def put(self, approval_id: ApprovalId, body: bytes) -> str:
        name = f"{PREFIX}{approval_id}-{self.new_secret()}"
        with named_failures():
            self.client.put_object(Bucket=self.bucket, Key=name, Body=body, ContentType="application/json")
        return name

    def get(self, name: str) -> bytes | None:
        try:
            with named_failures():
                return self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
        except ClientError as error:
            if code_of(error) in MISSING:
                return None
            raise

    def remove(self, name: str) -> None:
        with named_failures():
            self.client.delete_object(Bucket=self.bucket, Key=name)
