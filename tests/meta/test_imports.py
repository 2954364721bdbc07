"""What importing a handler does and costs, in a process of its own with an empty environment (fault cases J12, N11)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

LAYER = REPOSITORY / "layers/shared"
ENTRIES = sorted(
    path
    for path in (REPOSITORY / "functions").rglob("*.py")
    if path.stem.rpartition("_")[2] in {"handler", "step", "worker", "dispatcher"}
)
HTTP = {"fastapi", "mangum", "starlette"}
HEAVY = {"boto3.session", "httpx", "lxml", "markdown_it", "nh3", "aws_xray_sdk"}
"""Never at import: a client of another API, the renderer, the sanitizer, boto3's resources."""
PROBE = """
import json, socket, sys
import botocore.client
def refuse(*args, **named): raise AssertionError("something happened at import")
botocore.client.ClientCreator.create_client = refuse
socket.socket.connect = refuse
before = set(sys.modules)
import {module}
assert callable({module}.handler)
print(json.dumps(sorted(set(sys.modules) - before)))
"""
HOT_READ = """
import json, sys
from datetime import UTC, datetime
from types import SimpleNamespace
import fetch_step
from confluence_connector.adapters.dynamodb import cached_items, codec, keys
from confluence_connector.runtime import Runtime
from confluence_connector.services.reading.convert_page import cache_entry
from tests.reading import a_connection, a_link, a_text

now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
link, connection = a_link(now), a_connection(now)
head = cached_items.head_key(keys.cache_partition("acme", connection.id, 1), cache_entry(link.source.page_id))
text = {"schema_version": cached_items.SCHEMA, "upload": "u", "chunks": 0, "text": cached_items.packed(a_text(now))[0],
        "fetched_ms": cached_items.milliseconds(now), "expires_at": int(now.timestamp()) + 600}
stored = {
    keys.document("acme", link.id): codec.to_item(link),
    keys.connection("acme", connection.id): codec.to_item(connection),
    head: codec.typed(text),
}

def batch_get_item(RequestItems):
    wanted = {table: [keys.Key(each["pk"]["S"], each["sk"]["S"]) for each in asked["Keys"]]
              for table, asked in RequestItems.items()}
    return {"Responses": {table: [cached_items.at(key) | stored[key] for key in listed if key in stored]
                          for table, listed in wanted.items()}}

class Settings:
    pipeline_workspaces = frozenset({"acme"})
    def __getattr__(self, name): return name

runtime = Runtime(Settings(), now=lambda: now)
runtime.__dict__["dynamodb"] = SimpleNamespace(batch_get_item=batch_get_item)
context = SimpleNamespace(aws_request_id="r", get_remaining_time_in_millis=lambda: 29000)
event = {"workspace": "acme", "document_id": link.id}
answered = fetch_step.answer(event, context, runtime)
assert (answered["freshness"], answered["content"]) == ("cached", "# Checkout\\n"), answered
print(json.dumps(sorted(sys.modules)))
"""
MOST_MODULES = {"handler": 1_100, "step": 750, "dispatcher": 750, "worker": 750}
"""Modules that importing an entry may add. Counted, not timed: the counts are the same on every machine."""


def modules_of(entry: Path) -> list[str]:
    """The modules that importing an entry adds to a bare interpreter. Fails if a client or a connection was made."""
    return modules_after(PROBE.format(module=entry.stem), LAYER, entry.parent)


def modules_after(code: str, *paths: Path) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    found: Any = json.loads(ran.stdout.splitlines()[-1])
    return list(found)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_N11_importing_a_handler_without_an_environment_does_nothing_and_stays_small(entry: Path) -> None:
    modules = set(modules_of(entry))
    assert not modules & HEAVY
    role = entry.stem.rpartition("_")[2]
    assert len(modules) <= MOST_MODULES[role], len(modules)
    if role != "handler":
        assert not modules & HTTP


def test_N11_a_hot_read_brings_in_no_http_client_no_vault_and_no_converter() -> None:
    modules = set(modules_after(HOT_READ, LAYER, REPOSITORY / "functions/fetch", REPOSITORY))
    assert not modules & (HEAVY | HTTP)
    for unused in ("vault", "connecting", "importing", "adapters.confluence", "content.storage", "content.safe_html"):
        assert f"confluence_connector.{unused}" not in modules


def test_N11_the_probe_sees_a_client_that_is_made_at_import(tmp_path: Path) -> None:
    hasty = tmp_path / "hasty_handler.py"
    hasty.write_text(
        "import botocore.session\n"
        "client = botocore.session.get_session().create_client('s3', region_name='eu-west-1')\n"
        "def handler(event, context): ...\n"
    )
    with pytest.raises(AssertionError, match="something happened at import"):
        modules_of(hasty)
