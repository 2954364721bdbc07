"""Every real page of the specification's folder imports as copy and as link over HTTP, and reads back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.journey import Member

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def member(stack: Stack) -> Iterator[Member]:
    with Member(stack.url, stack.token(sub="reader", workspace="real")) as member:
        yield member


@pytest.fixture(scope="module")
def connection(member: Member) -> str:
    return str(member.connect("alice", site="acme")["id"])


def test_every_real_page_reads_back_as_copy_and_as_link(member: Member, connection: str, spec: Path) -> None:
    pages = member.all_items(f"/connections/{connection}/spaces/REAL/pages")
    folders = [folder for folder in (spec / "pages" / "real").iterdir() if folder.is_dir()]
    assert len(pages) == len(folders)
    for page in pages:
        texts = {}
        for mode in ("copy", "link"):
            feature = member.create_feature(connection, page["id"], mode)
            prd = feature["documents"][0]
            assert (prd["role"], prd["mode"]) == ("prd", mode)
            read = member.content(prd["id"])
            assert read["title"] == page["title"]
            texts[mode] = read["content"]
        assert texts["copy"] == texts["link"]
        assert len(re.findall(r"\w+", texts["copy"])) > 20, page["title"]


def test_a_linked_page_is_live_once_and_then_cached(member: Member, connection: str) -> None:
    page = member.all_items(f"/connections/{connection}/spaces/REAL/pages")[0]
    document = member.create_feature(connection, page["id"], "link")["documents"][0]["id"]
    fresh = member.content(document, max_age="0")
    again = member.content(document)
    assert (fresh["freshness"], again["freshness"]) == ("live", "cached")
    assert again["last_synced"] == fresh["last_synced"]
    assert again["content"] == fresh["content"]
