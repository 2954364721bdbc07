"""The bench measures the product as it is now: its engine gets through a small site, with no AWS anywhere near."""

import os
import subprocess
import sys
from pathlib import Path

from bench.measure import told
from bench.site import running_site
from tests.conftest import REPOSITORY

PAGES = 40


def test_our_engine_gets_through_every_step(tmp_path: Path) -> None:
    out = tmp_path / "told.json"
    without_aws = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with running_site(PAGES) as site:
        pages = len(site.page_ids("GEN1"))
        command = [sys.executable, "-m", "bench.engine", site.url, str(tmp_path / "corpus"), str(out)]
        subprocess.run(
            [*command, "full", "unchanged", "changed", "removals", "--spaces", "GEN1"],
            cwd=REPOSITORY,
            env=without_aws | {"PYTHONPATH": f".{os.pathsep}layers/shared"},
            timeout=60,
            check=True,
        )
    full, unchanged, changed, removals = told(out)
    assert [each.error for each in (full, unchanged, changed, removals)] == [None] * 4
    assert full.stages["new"] == pages > 0
    assert (unchanged.requests, unchanged.writes) == (1, 0)
