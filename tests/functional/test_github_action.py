"""action.yml: its script, really run by bash; nothing that a pull request can reach is read by the shell."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY

ACTION: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text())
(STEP,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "read"]
STAND_IN = """#!/bin/bash
case "$0" in
  */pip) exit 0 ;;
  */confluence-context) printf '%s\\n' "$@" > "$ARGUMENTS"; exit "${EXIT:-0}" ;;
esac
mkdir -p "$3/bin"; cp "$0" "$3/bin/pip"; cp "$0" "$3/bin/confluence-context"
"""


def ran(folder: Path, **variables: str) -> tuple[int, list[str], str]:
    """Exit code, the command's arguments, and what the step put out."""
    python, arguments, output = folder / "python", folder / "arguments", folder / "outputs"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    output.touch()
    defaults = dict.fromkeys(STEP["env"], "") | {"OUTPUT": "c.md", "COMMAND": "@droid fill", "MAX_AGE": "600"}
    runner = {
        "PYTHON": str(python),
        "RUNNER_TEMP": str(folder),
        "GITHUB_ACTION_PATH": str(REPOSITORY),
        "GITHUB_EVENT_PATH": "/event.json",
        "GITHUB_OUTPUT": str(output),
        "ARGUMENTS": str(arguments),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEP["run"]],
        env=defaults | runner | variables,
        check=False,
        cwd=folder,
    )
    return done.returncode, arguments.read_text().splitlines(), output.read_text()


def test_every_input_reaches_the_command(tmp_path: Path) -> None:
    code, arguments, output = ran(tmp_path, FUNCTION="arn:step", WORKSPACE="acme", CONNECTION="con_1")
    assert code == 0
    assert arguments == [
        *("--github-event", "/event.json", "--output", "c.md", "--command", "@droid fill", "--max-age", "600"),
        *("--function", "arn:step", "--workspace", "acme", "--connection", "con_1"),
    ]
    assert output == "file=c.md\n"
    assert ran(tmp_path, API="https://api")[1][-2:] == ["--api", "https://api"]


def test_a_failure_fails_the_step_with_its_code_and_puts_nothing_out(tmp_path: Path) -> None:
    code, _, output = ran(tmp_path, API="https://api", EXIT="16")
    assert (code, output) == (16, "")


@pytest.mark.parametrize("hostile", ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "'])
def test_no_input_is_read_by_the_shell(tmp_path: Path, hostile: str) -> None:
    _, arguments, _ = ran(tmp_path, API="https://api", COMMAND=hostile, OUTPUT=hostile)
    assert arguments.count(hostile) == 2
    assert not (tmp_path / "pwned").exists()
    assert "${{" not in STEP["run"]


def test_inputs_are_documented_and_all_used() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", str(STEP["env"])))
    assert used == set(ACTION["inputs"])
    assert all(each["description"] for each in ACTION["inputs"].values())
