"""Everything of a workspace as one archive (I6): what is in it, what is not, over many turns and crashes."""

import io
import json
import re
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from confluence_connector.adapters import archives
from confluence_connector.domain.workspace_records import FOLDERS, LEFT_OUT
from tests.aws import started
from tests.conftest import REPOSITORY, MovableClock
from tests.connecting import World
from tests.importing import BIG
from tests.workspaces import HEAD, NEXT_DOOR, House, Street

SHORT = 0.0
STORES = REPOSITORY / "layers/shared/confluence_connector/adapters"


@pytest.fixture(scope="module")
def street() -> Street:
    with started() as aws:
        return Street.built(World.over(aws, MovableClock()))


@pytest.fixture
def house(world: World, street: Street) -> House:
    return street.put_back(world)


def downloaded(house: House, job: Any) -> tuple[Any, dict[str, bytes]]:
    """The files of the archive from where the answer says; its address is signed for that object."""
    assert job["status"] == "completed", job
    settings = house.world.aws.settings
    assert settings.transient_bucket in job["download"]["url"]
    assert "X-Amz-Signature" in job["download"]["url"]
    name = f"exports/{house.workspace}/{job['id']}/archive.zip"
    assert name in job["download"]["url"]
    whole = house.world.aws.s3.get_object(Bucket=settings.transient_bucket, Key=name)["Body"].read()
    assert len(whole) == job["download"]["bytes"]
    with ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        return job, {name: archive.read(name) for name in archive.namelist()}


def exported(house: House, seconds: float = 60) -> tuple[Any, dict[str, bytes]]:
    """The job when it is over, and the archive's files."""
    job_id = house.api(HEAD, "POST", "/workspace/export")["id"]
    house.drain(seconds)
    return downloaded(house, house.job(job_id))


def lines(files: dict[str, bytes], folder: str) -> list[Any]:
    wanted = re.compile(rf"{folder}/\d+\.jsonl")
    found = (text for name, text in files.items() if wanted.fullmatch(name))
    return [json.loads(line) for text in found for line in text.splitlines()]


def test_an_archive_has_everything(world: World, street: Street, house: House) -> None:
    _, files = exported(house)
    for folder in set(FOLDERS.values()):
        assert lines(files, folder), folder
    ids = {folder: {line.get("id") for line in lines(files, folder)} for folder in FOLDERS.values()}
    assert len(ids["connections"]) == 4
    assert house.ids["connection"] in ids["connections"]
    assert house.ids["feature"] in ids["features"]
    assert {house.ids["copy"], house.ids["link"]} <= ids["documents"]
    assert (ids["agents"], ids["synchronizers"]) == ({house.ids["agent"]}, {house.ids["synchronizer"]})
    assert files[f"documents/{house.ids['copy']}.md"].decode() == BIG
    assert f"documents/{house.ids['link']}.md" not in files
    kept = {name: body for (_, name), body in street.objects.items() if name.startswith("corpora/hearth/")}
    assert len(kept) > 20
    assert {name: text for name, text in files.items() if name.startswith("corpus/")} == {
        name.replace("corpora/hearth/", "corpus/"): body for name, body in kept.items()
    }
    assert json.loads(files["export.json"])["workspace"] == "hearth"


def test_an_archive_opens_nothing(world: World, street: Street, house: House) -> None:
    """No token or hash, no mark of the vault's, no secret's name, nothing of another workspace."""
    _, files = exported(house)
    everything = b"\n".join(files.values()).decode() + "\n".join(files)
    stored = {item["sk"]["S"]: item for item in street.items["state"] if item["pk"]["S"] == "WS#hearth"}
    agent = stored[f"AGENT#{house.ids['agent']}"]
    assert agent["token_hash"]["S"] not in everything
    assert house.token not in everything
    for name in (*street.secrets, "tests/connections", "code_hash", "version_id", "saved_by", "lodge"):
        assert name not in everything, name
    for each in street.neighbours.ids.values():
        assert each not in everything
    assert not re.search(r'"(?:grant|pointer|pending|retired|lease|attempts|token_hash|body_name)":', everything)


def test_every_noun_is_exported_or_left_out_knowingly() -> None:
    """By the names that the stores give them."""
    said = re.compile(r'^(?:NOUN|PAGES|CLAIM|SITE|WISH|LEFT_OVER)(?:: Final)? = "([A-Z]+)"', re.MULTILINE)
    sources = [path.read_text() for path in (*Path(STORES).glob("dynamodb/*.py"), STORES / "idempotency.py")]
    nouns = {noun for source in sources for noun in said.findall(source)} | {"CONNECTION", "DOCUMENT"}
    assert len(nouns) > 20
    assert nouns == FOLDERS.keys() | LEFT_OUT.keys()


def test_an_archive_grows_over_many_turns(world: World, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step a turn, in several parts; S3 takes none that is smaller than five megabytes but the last."""
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 100_000)
    monkeypatch.setattr(archives, "EXPORT_PART_BYTES", 100_000)
    world.aws.calls.clear()
    _, files = exported(house, SHORT)
    assert (len(files), world.aws.count("CompleteMultipartUpload")) == (42, 1)
    assert 5 < len({call.parameters["PartNumber"] for call in world.aws.calls if call.operation == "UploadPart"}) < 20
    work = world.aws.s3.list_objects_v2(Bucket=world.aws.settings.transient_bucket, Prefix="exports/")["Contents"]
    assert [each["Key"].rpartition("/")[2] for each in work] == ["archive.zip"]


def test_killed_on_its_way_it_is_the_same_archive(world: World, house: House) -> None:
    _, whole = exported(house)
    for write in count(1, 5):
        job_id = house.api(HEAD, "POST", "/workspace/export")["id"]
        was_killed = house.dies_after(write)
        house.get_through()
        _, files = downloaded(house, house.job(job_id))
        assert files | {"export.json": b""} == whole | {"export.json": b""}, f"killed after write {write}"
        if not was_killed:
            break
    assert write > 15, "so many writes it takes"


def test_it_is_gone_after_a_day_and_can_be_made_again(world: World, house: House) -> None:
    job, _ = exported(house)
    world.clock.move(days=1)
    assert house.job(job["id"])["download"] is None
    assert house.api(HEAD, "POST", "/workspace/export")["id"] != job["id"]


def test_one_at_a_time(world: World, house: House) -> None:
    job = house.api(HEAD, "POST", "/workspace/export")
    assert house.api(HEAD, "POST", "/workspace/export")["id"] == job["id"]
    assert world.api.call(HEAD, "DELETE", "/workspace", json_body={"confirm": "hearth"}).code == "workspace_busy"
    assert world.api.ok(NEXT_DOOR, "POST", "/workspace/export")["id"] != job["id"]


def test_too_much_is_refused_clearly(world: World, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "EXPORT_ENTRIES", 10)
    job_id = house.api(HEAD, "POST", "/workspace/export")["id"]
    house.drain()
    job = house.job(job_id)
    assert (job["status"], job["failure"]["code"], job["download"]) == ("failed", "workspace_too_large", None)
