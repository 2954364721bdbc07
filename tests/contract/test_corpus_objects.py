"""The corpus's objects: the in-memory stand-in and the real adapter on moto keep the same promises."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confluence_connector.adapters.corpus_objects import S3CorpusObjects
from confluence_connector.domain.identifiers import ConnectionId, CorpusId, PageId, WorkspaceId
from confluence_connector.errors import ServiceUnavailable
from confluence_connector.ports.corpus import CorpusScope
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.fakes.corpus import FakeCorpusObjects
from tests.reading_rig import TimeLeft

SCOPE = CorpusScope(WorkspaceId("acme"), ConnectionId("con_1"), CorpusId("cor_1"))
OTHERS = (
    replace(SCOPE, workspace=WorkspaceId("globex")),
    replace(SCOPE, connection_id=ConnectionId("con_11")),
    replace(SCOPE, corpus_id=CorpusId("cor_12")),
)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["fake", "real"])
def objects(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "fake":
        yield FakeCorpusObjects()
        return
    aws: Aws = request.getfixturevalue("aws")
    yield S3CorpusObjects(aws.s3, aws.settings.content_bucket)


def test_an_object_is_read_as_it_was_put_until_it_is_removed(objects: Any) -> None:
    first, second = PageId("1"), PageId("12")
    assert objects.get(SCOPE, first) is None
    objects.put(SCOPE, first, "Ä\n".encode(), b"{}")
    objects.put(SCOPE, second, b"two", b"{}")
    objects.put(SCOPE, second, b"two again", b"{}")
    assert (objects.get(SCOPE, first), objects.get(SCOPE, second)) == ("Ä\n".encode(), b"two again")
    assert all(objects.get(other, first) is None for other in OTHERS)
    objects.remove(SCOPE, first)
    objects.remove(SCOPE, first)
    assert (objects.get(SCOPE, first), objects.get(SCOPE, second)) == (None, b"two again")


def test_what_is_absent_is_told_whatever_lies_between(objects: Any) -> None:
    """Names are text, ids are numbers: 99 < 100 < 1000, and "100.md" < "1000.md" < "99.md"."""
    ids = [PageId(each) for each in ("7", "99", "100", "101", "150", "1000", "10000")]
    for each in ids[:-2]:
        objects.put(SCOPE, each, b"text", b"{}")
    objects.put(OTHERS[2], ids[-1], b"text", b"{}")
    assert objects.absent(SCOPE, ids) == {"1000", "10000"}
    assert objects.absent(SCOPE, []) == set()
    assert objects.absent(OTHERS[0], ids) == set(ids)
    objects.remove(SCOPE, ids[3])
    assert objects.absent(SCOPE, reversed(ids[2:5])) == {"101"}


def test_text_without_its_metadata_is_absent(aws: Aws) -> None:
    objects = S3CorpusObjects(aws.s3, aws.settings.content_bucket)
    for each in ("1", "2", "3"):
        objects.put(SCOPE, PageId(each), b"text", b"{}")
    folder = "corpora/acme/con_1/cor_1/pages"
    for name in (f"{folder}/1.md.metadata.json", f"{folder}/3.md"):
        aws.s3.delete_object(Bucket=aws.settings.content_bucket, Key=name)
    assert objects.absent(SCOPE, [PageId("1"), PageId("2"), PageId("3")]) == {"1", "3"}


def test_objects_lie_where_bedrock_looks_for_them(aws: Aws) -> None:
    objects = S3CorpusObjects(aws.s3, aws.settings.content_bucket)
    objects.put(SCOPE, PageId("42"), b"# T", b'{"metadataAttributes":{}}')
    bucket = aws.settings.content_bucket
    names = [found["Key"] for found in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    name = "corpora/acme/con_1/cor_1/pages/42.md"
    assert names == [name, f"{name}.metadata.json"]
    types = [aws.s3.head_object(Bucket=bucket, Key=each)["ContentType"] for each in names]
    assert types == ["text/markdown; charset=utf-8", "application/json"]
    with pytest.raises(ValueError, match="id"):
        objects.put(SCOPE, PageId("../42"), b"", b"")


def test_an_object_that_s3_does_not_delete_is_an_outage(aws: Aws) -> None:
    objects = S3CorpusObjects(aws.s3, aws.settings.content_bucket)
    refused = {"Errors": [{"Key": "x", "Code": "InternalError"}]}
    aws.fault("s3", "DeleteObjects", lambda _: refused, times=1)
    with pytest.raises(ServiceUnavailable):
        objects.remove(SCOPE, PageId("1"))


def test_a_corpuss_objects_are_erased_and_no_others(objects: Any, clock: MovableClock) -> None:
    for scope in (SCOPE, *OTHERS):
        for number in (1, 2):
            objects.put(scope, PageId(str(number)), b"text", b"{}")
    assert objects.erase(SCOPE, TimeLeft(clock, clock() + HOUR))
    assert [objects.get(SCOPE, PageId(number)) for number in "12"] == [None, None]
    assert all(objects.get(other, PageId(number)) == b"text" for other in OTHERS for number in "12")
    assert objects.erase(SCOPE, TimeLeft(clock, clock() + HOUR))


def test_erasing_objects_stops_in_time_and_goes_on_later(aws: Aws, clock: MovableClock) -> None:
    objects = S3CorpusObjects(aws.s3, aws.settings.content_bucket)
    for number in range(1, 601):
        objects.put(SCOPE, PageId(str(number)), b"text", b"{}")
    aws.fault("s3", "DeleteObjects", lambda call: (clock.move(seconds=4), call())[1])
    assert not objects.erase(SCOPE, TimeLeft(clock, clock() + timedelta(seconds=3))), "however little time there is"
    kept = aws.s3.list_objects_v2(Bucket=aws.settings.content_bucket)["KeyCount"]
    assert kept == 200
    assert objects.erase(SCOPE, TimeLeft(clock, clock() + HOUR))
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=aws.settings.content_bucket)
