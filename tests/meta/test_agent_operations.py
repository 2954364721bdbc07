"""The gate's table of operations and its printed matrix: current, complete, reviewed row by row."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from confluence_connector.domain.agents.effects import GROUPS
from confluence_connector.domain.agents.gate import decide
from confluence_connector.domain.agents.operations import KINDS, TABLE, missing_scopes, operations
from confluence_connector.domain.agents.profiles import PROFILES
from confluence_connector.domain.scopes import AGENT_READ, AGENT_WRITE
from tests.conftest import REPOSITORY

TOOL = REPOSITORY / "tools/operations"
ROWS: dict[str, Any] = json.loads(TABLE.read_text())
PREFIXES = {"confluence-v2.json": "/wiki/api/v2", "confluence-v1.json": ""}


@pytest.fixture(scope="session")
def documents(spec: Path) -> Path:
    return spec / "atlassian/openapi"


def documented(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of both documents, read without the tool that is under test."""
    found = {}
    for name, prefix in PREFIXES.items():
        for path, item in json.loads((folder / name).read_bytes())["paths"].items():
            for method in item.keys() - {"parameters", "summary", "description", "servers"}:
                found[method.upper(), prefix + path] = item[method]
    return found


def run(*arguments: object, root: Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, root / "tools/operations", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_table_and_matrix_are_current(documents: Path) -> None:
    done = run("--check", documents)
    assert done.returncode == 0, done.stderr


def test_every_operation_of_both_documents_has_its_own_row(documents: Path) -> None:
    rows = [(row["method"], row["path"]) for row in ROWS["operations"]]
    assert len(rows) == len(set(rows))
    theirs = documented(documents)
    assert len(theirs) == 218 + 130
    assert theirs.keys() <= set(rows)
    assert set(rows) - theirs.keys() == {
        (row["method"], row["path"]) for row in ROWS["operations"] if row.get("undocumented")
    }


def test_table_was_made_of_these_documents(documents: Path) -> None:
    digests = {name: hashlib.sha256((documents / name).read_bytes()).hexdigest() for name in PREFIXES}
    assert ROWS["sources"] == digests


def test_scopes_are_the_documents(documents: Path) -> None:
    theirs = documented(documents)
    for operation in operations():
        if (operation.method, operation.path) in theirs:
            said = theirs[operation.method, operation.path].get("x-atlassian-oauth2-scopes") or []
            assert operation.scopes == tuple(tuple(entry["scopes"]) for entry in said), operation.path


def test_every_row_is_reviewed_and_says_what_it_must() -> None:
    for row in ROWS["operations"]:
        assert row["action"] in {"read", "write", "delete", "blocked"}
        assert row.get("group") in {*GROUPS, None}
        assert row.get("reason") != "unreviewed", row["path"]
        assert ("reason" in row) == (row["action"] == "blocked"), row["path"]
        if row["action"] != "blocked":
            assert row["group"], row["path"]
            assert row["scopes"], f"{row['path']}: a grant could not be checked"
        if row.get("undocumented"):
            assert row["action"] == "blocked", row["path"]


def test_every_reason_is_used_and_every_outcome_known() -> None:
    outcomes = {"keep", "delete", *GROUPS, *(f"also:{group}" for group in GROUPS), *ROWS["reasons"]}
    used = {row["reason"] for row in ROWS["operations"] if "reason" in row}
    for row in ROWS["operations"]:
        for rule in row.get("rules", ()):
            said = {rule["otherwise"], *rule["words"].values()}
            assert said <= outcomes
            used |= said
            assert rule["words"].keys() == {word.lower() for word in rule["words"]}
            names = {"query": [n.removesuffix("[]") for n in row["query"]], "path": [*row["params"]]}
            assert rule["in"] == "body" or rule["name"] in names[rule["in"]]
            assert rule["in"] != "body" or row["body"] == "json"
    assert set(ROWS["reasons"]) - used == {"unreviewed"}


def test_methods_mean_what_they_say() -> None:
    """GET never writes, DELETE is always a delete; whatever else only reads is on this list."""
    reading_by_post = {
        "createBulkUserLookup", "convertContentIdsToContentTypes", "checkContentPermission",
        "asyncConvertContentBodyRequest", "bulkAsyncConvertContentBodyRequest",
    }  # fmt: skip
    for row in ROWS["operations"]:
        allowed = {
            "GET": {"read", "blocked"},
            "DELETE": {"delete", "blocked"},
            "PUT": {"write", "blocked"},
            "POST": {"read", "blocked"} if row["id"] in reading_by_post else {"write", "blocked"},
        }
        assert row["action"] in allowed[row["method"]], row["path"]


def test_spaces_are_never_deleted_and_purging_is_always_looked_at() -> None:
    for row in ROWS["operations"]:
        if row["method"] == "DELETE" and re.search(r"/(?:v2|api)/spaces?/\{[^}]+\}$", row["path"]):
            assert row["action"] == "blocked", row["path"]
        if "purge" in row["query"] and row["action"] != "blocked":
            rules = {rule["name"]: rule for rule in row["rules"]}
            assert rules["purge"]["otherwise"] == "purge", row["path"]


def test_a_table_that_lets_a_space_be_deleted_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/wiki/rest/api/space/{spaceKey}", "/wiki/api/v2/spaces/{id}"):
        lenient = [
            row | {"action": "delete"} if (row["method"], row["path"]) == ("DELETE", path) else row
            for row in ROWS["operations"]
        ]
        (tmp_path / "operations.json").write_text(json.dumps(ROWS | {"operations": lenient}))
        monkeypatch.setattr("confluence_connector.domain.agents.operations.TABLE", tmp_path / "operations.json")
        with pytest.raises(ValueError, match="whole space"):
            operations.__wrapped__()


def test_parameters_have_a_known_kind_and_distinct_names() -> None:
    for operation in operations():
        names = re.findall(r"{([^}]+)}", operation.path)
        assert names == list(operation.params)
        assert all(kind in KINDS or re.fullmatch(r"[a-z_|]+", kind) for kind in operation.params.values())


def test_an_operation_that_nobody_reviewed_is_refused_and_named(documents: Path, tmp_path: Path) -> None:
    """A copy of the tool with a document that gained an operation: the row is blocked and the command fails."""
    house, gained = tmp_path / "house", tmp_path / "openapi"
    shutil.copytree(documents, gained)
    for part in ("tools/operations", "layers/shared/confluence_connector/limits.py"):
        (house / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / part, house / part)
    for part in ("domain", "errors"):
        shutil.copytree(TABLE.parents[2] / part, house / "layers/shared/confluence_connector" / part)
    (house / "docs").mkdir()
    document = json.loads((gained / "confluence-v2.json").read_bytes())
    document["paths"]["/pages/{id}/shred"] = {"post": document["paths"]["/pages/{id}/redact"]["post"]}
    (gained / "confluence-v2.json").write_text(json.dumps(document))

    assert "run tools/operations" in run("--check", gained, root=house).stderr
    done = run(gained, root=house)

    assert done.returncode == 1
    assert "not reviewed yet: POST /wiki/api/v2/pages/{id}/shred" in done.stderr
    table = json.loads((house / TABLE.relative_to(REPOSITORY)).read_text())
    fresh = [row for row in table["operations"] if row["path"].endswith("/shred")]
    assert [(row["action"], row["reason"]) for row in fresh] == [("blocked", "unreviewed")]
    kept = [row for row in table["operations"] if row not in fresh]
    assert kept == ROWS["operations"]


def test_a_connection_for_agents_asks_for_all_that_a_policy_may_permit() -> None:
    for operation in operations():
        if decide(operation.effect, PROFILES["full_access"]).outcome != "refused":
            assert not missing_scopes(operation, AGENT_WRITE), operation.operation_id
        if decide(operation.effect, PROFILES["read_only"]).outcome == "allow":
            assert not [scope for scope in missing_scopes(operation, AGENT_READ) if not scope.startswith("write:")]
    assert not [scope for scope in AGENT_READ if scope.startswith(("write:", "delete:"))]
