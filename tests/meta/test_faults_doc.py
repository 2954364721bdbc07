"""docs/faults.md says what the tests say, and every case of the specification is accounted for."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

TOOL = REPOSITORY / "tools/faults"


def test_the_page_of_fault_cases_is_current() -> None:
    ran = subprocess.run([sys.executable, TOOL, "--check"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_the_tools_list_is_the_specifications(spec: Path) -> None:
    known = runpy.run_path(str(TOOL))["CASES"]
    ours = {f"{group}{number}" for group, (_, titles) in known.items() for number in range(1, len(titles) + 1)}
    theirs = set(re.findall(r"^- \*\*([A-N]\d+) —", (spec / "fault-cases.md").read_text(), re.MULTILINE))
    assert ours == theirs
    assert len(ours) == 185


def test_a_case_without_test_or_reason_is_refused() -> None:
    tool = runpy.run_path(str(TOOL))
    tests = {case: ["somewhere"] for group, (_, titles) in tool["CASES"].items() for case in (f"{group}1",) if titles}
    with pytest.raises(SystemExit, match="A2"):
        tool["page"](tests)
