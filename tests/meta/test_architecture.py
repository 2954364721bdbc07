"""The house's rules that a machine can check: arrows, sizes, names, and that nothing happens at import."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

LAYER = REPOSITORY / "layers/shared"
PACKAGE = "confluence_connector"
FUNCTIONS = REPOSITORY / "functions"
OURS = sorted((LAYER / PACKAGE).rglob("*.py")) + sorted(FUNCTIONS.rglob("*.py"))
EVERYTHING = OURS + sorted((REPOSITORY / "local").rglob("*.py")) + sorted((REPOSITORY / "tests").rglob("*.py"))

# What each room may import of ours, and of third parties. The standard library is free.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "errors": ({"errors", "limits"}, set()),
    "limits": (set(), set()),
    "routes": (set(), set()),
    "settings": (set(), {"pydantic"}),
    "telemetry": ({"errors"}, {"aws_lambda_powertools"}),
    "domain": ({"domain", "errors", "limits"}, {"markdown_it", "pydantic"}),  # parsers are free, too
    "content": ({"content", "errors"}, {"pydantic", "markdown_it", "nh3"}),
    "ports": ({"ports", "domain", "errors"}, {"pydantic"}),
    "services": ({"services", "ports", "domain", "content", "errors", "limits"}, {"pydantic"}),
    "adapters": (
        {"adapters", "ports", "domain", "errors", "limits", "settings"},
        {"aws_lambda_powertools", "boto3", "botocore", "httpx", "mypy_boto3_*", "pydantic"},
    ),
    "web": (
        {"web", "runtime", "domain", "ports", "services", "errors", "limits", "routes", "settings"},
        {"aws_lambda_powertools", "fastapi", "mangum", "pydantic", "starlette"},
    ),
}
PARTS = {"runtime", "composition"}
"""The composition root and its parts, by subject."""
ROOMS |= dict.fromkeys(
    PARTS,
    (
        {*PARTS, "adapters", "services", "ports", "domain", "errors", "limits", "settings", "telemetry", "web.cursors"},
        {"aws_lambda_powertools", "httpx", "mypy_boto3_*"},
    ),
)
HANDLERS: tuple[set[str], set[str]] = (
    {*PARTS, "web", "services", "domain", "ports", "content", "errors", "limits", "routes", "settings"},
    {"aws_lambda_powertools", "fastapi", "pydantic", "starlette"},
)
"""functions → runtime: a handler names no adapter, and its folder's modules are its own."""


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            whole = node.module == PACKAGE
            yield from (
                (f"{node.module}.{alias.name}" if whole else str(node.module), node.lineno) for alias in node.names
            )


def room_of(path: Path) -> str:
    return path.relative_to(LAYER / PACKAGE).parts[0].removesuffix(".py")


def wrong_turns(path: Path, allowed: tuple[set[str], set[str]], siblings: set[str]) -> list[str]:
    """Imports of a file that its room does not allow."""
    ours, third_party = allowed
    found = []
    for name, line in imported(path):
        head, _, rest = name.partition(".")
        if head in sys.stdlib_module_names or head in siblings:
            continue
        if head == PACKAGE:
            fine = any(rest == room or rest.startswith(f"{room}.") for room in ours)
        else:
            fine = head in third_party or (head.startswith("mypy_boto3_") and "mypy_boto3_*" in third_party)
        if not fine:
            found.append(f"{path.relative_to(REPOSITORY)}:{line} imports {name}")
    return found


def test_every_room_is_on_the_plan() -> None:
    rooms = {room_of(path) for path in (LAYER / PACKAGE).rglob("*.py")} - {"__init__"}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_point_one_way(room: str) -> None:
    files = [path for path in (LAYER / PACKAGE).rglob("*.py") if room_of(path) == room]
    assert not [wrong for path in files for wrong in wrong_turns(path, ROOMS[room], set())]


def test_handlers_know_the_runtime_and_no_adapter() -> None:
    wrong = []
    for path in FUNCTIONS.rglob("*.py"):
        siblings = {sibling.stem for sibling in path.parent.glob("*.py")}
        wrong += wrong_turns(path, HANDLERS, siblings)
    assert not wrong


def test_a_wrong_turn_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "REPOSITORY", tmp_path)
    crooked = tmp_path / "crooked.py"
    crooked.write_text(f"import httpx\nfrom {PACKAGE}.adapters import aws\nfrom {PACKAGE} import ports, adapters\n")
    assert len(wrong_turns(crooked, ROOMS["services"], set())) == 3


def test_the_layer_never_names_a_function() -> None:
    modules = {path.stem for path in FUNCTIONS.rglob("*.py")}
    assert not [
        f"{path}:{line}" for path in (LAYER / PACKAGE).rglob("*.py") for name, line in imported(path) if name in modules
    ]


@pytest.mark.parametrize(("paths", "lines"), [("ours", 300), ("local", 300), ("tests", 400), ("web", 300)])
def test_a_file_is_one_subject(paths: str, lines: int) -> None:
    files = {
        "ours": OURS,
        "local": sorted((REPOSITORY / "local").rglob("*.py")),
        "tests": sorted((REPOSITORY / "tests").rglob("*.py")),
        "web": [path for kind in ("*.js", "*.css") for path in sorted((REPOSITORY / "web").rglob(kind))],
    }[paths]
    long = {
        str(path.relative_to(REPOSITORY)): count
        for path in files
        if (count := len(path.read_text().splitlines())) > lines
    }
    assert not long


def test_no_room_is_for_everything() -> None:
    vague = {"base", "common", "helper", "helpers", "misc", "shared", "util", "utils"}
    named = {path for path in EVERYTHING if vague & {path.stem, *path.relative_to(REPOSITORY).parts[:-1]}}
    assert not {path for path in named if "layers/shared/confluence_connector" not in str(path) or path.stem in vague}


def test_module_names_of_functions_are_distinct() -> None:
    """They share one path in tests and on Lambda's side."""
    names = [path.stem for path in FUNCTIONS.rglob("*.py")]
    assert len(names) == len(set(names))


def test_only_the_composition_root_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(REPOSITORY))
        for path in OURS
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"})
    }
    assert readers == {"layers/shared/confluence_connector/runtime.py"}
