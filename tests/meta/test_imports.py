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
MOST_MODULES = {"handler": 1_100, "step": 750, "dispatcher": 750, "worker": 750}
"""Modules that importing an entry may add. Counted, not timed: the counts are the same on every machine."""


def modules_of(entry: Path) -> list[str]:
    """The modules that importing an entry adds to a bare interpreter. Fails if a client or a connection was made."""
    code = PROBE.format(module=entry.stem)
    paths = f"{LAYER}:{entry.parent}"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    found: Any = json.loads(ran.stdout)
    return list(found)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_N11_importing_a_handler_without_an_environment_does_nothing_and_stays_small(entry: Path) -> None:
    modules = set(modules_of(entry))
    assert not modules & HEAVY
    role = entry.stem.rpartition("_")[2]
    assert len(modules) <= MOST_MODULES[role], len(modules)
    if role != "handler":
        assert not modules & HTTP


def test_N11_the_probe_sees_a_client_that_is_made_at_import(tmp_path: Path) -> None:
    hasty = tmp_path / "hasty_handler.py"
    hasty.write_text(
        "import botocore.session\n"
        "client = botocore.session.get_session().create_client('s3', region_name='eu-west-1')\n"
        "def handler(event, context): ...\n"
    )
    with pytest.raises(AssertionError, match="something happened at import"):
        modules_of(hasty)
