"""What `make build` made is what Lambda can run: each handler imports from its artefact and the layer alone (J12)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.meta.template_rules import functions

BUILD = REPOSITORY / ".aws-sam" / "build"
LAYER = BUILD / "SharedLayer" / "python"
FUNCTIONS = (
    *("OAuthFunction", "ImportFunction", "FetchFunction", "FetchStepFunction"),
    *("SyncFunction", "SyncWorkerFunction", "SyncDispatcherFunction", "AgentFunction", "JiraFunction"),
)
UNCHECKED_HASH = 0b01

IMPORT = """
import importlib, inspect, json, sys
module, symbol = sys.argv[1].rsplit(".", 1)
handler = getattr(importlib.import_module(module), symbol)
inspect.signature(handler).bind({}, None)
print(json.dumps(sorted({getattr(m, "__file__", None) or "" for m in sys.modules.values()})))
"""


def import_alone(handler: str, *path: Path) -> subprocess.CompletedProcess[str]:
    interpreter = getattr(sys, "_base_executable", sys.executable)
    environment = {"PYTHONPATH": ":".join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [interpreter, "-S", "-s", "-c", IMPORT, handler], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    assert LAYER.is_dir(), "run `make build` first"


def test_every_function_is_looked_at(transformed: dict[str, Any]) -> None:
    assert set(FUNCTIONS) == functions(transformed).keys()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_J12_handler_imports_from_the_artefact(name: str, transformed: dict[str, Any]) -> None:
    done = import_alone(functions(transformed)[name]["Handler"], BUILD / name, LAYER)
    assert done.returncode == 0, done.stderr
    outside = [
        file for file in json.loads(done.stdout) if "site-packages" in file or str(REPOSITORY / "layers") in file
    ]
    assert outside == []


def test_J12_a_misnamed_handler_is_seen() -> None:
    assert import_alone("oauth_handler.handle", BUILD / "OAuthFunction", LAYER).returncode != 0
    assert import_alone("oauth_handler.handler", BUILD / "ImportFunction", LAYER).returncode != 0


@pytest.mark.parametrize("folder", [LAYER, *(BUILD / name for name in FUNCTIONS)], ids=lambda folder: folder.name)
def test_what_ships_is_compiled_for_a_read_only_disk(folder: Path) -> None:
    compiled = list(folder.rglob("*.pyc"))
    assert compiled
    assert len(compiled) >= 0.99 * len(list(folder.rglob("*.py")))
    assert {int.from_bytes(file.read_bytes()[4:8], "little") for file in compiled} == {UNCHECKED_HASH}


def test_layer_is_small() -> None:
    megabytes = sum(file.stat().st_size for file in LAYER.rglob("*") if file.is_file()) / 2**20
    assert megabytes <= 40
    described = {folder.name for folder in (LAYER / "botocore" / "data").iterdir() if folder.is_dir()}
    assert described == {"dynamodb", "events", "s3", "secretsmanager", "sqs"}


def test_layer_holds_what_is_pinned() -> None:
    installed = {
        folder.name.removesuffix(".dist-info").lower().replace("_", "-") for folder in LAYER.glob("*.dist-info")
    }
    pinned = (REPOSITORY / "layers/shared/requirements.txt").read_text().split("\n")
    wanted = {line.split(" ")[0].replace("==", "-").lower().replace("_", "-") for line in pinned if "==" in line}
    assert installed == wanted
