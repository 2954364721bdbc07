"""What the one-machine stack keeps on disk stays whole, whoever writes at the same time."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.runtime_client import runtime_client
from tests.conftest import REPOSITORY

TWO_WRITERS = """
import sys, threading, time
sys.path.insert(0, "local")
import ministack_server
from ministack.core import persistence

inside, seen = [], []

def slow_save(name, state):
    inside.append(name)
    time.sleep(0.02)
    seen.append(tuple(inside))
    inside.remove(name)

persistence.save_state = slow_save
emulator = ministack_server.emulator
emulator.main = lambda: None
started = []
ministack_server.Autosave, autosave = lambda: started.append(autosave()) or started[0], ministack_server.Autosave
ministack_server.main()
started[0].mark()
deadline = time.monotonic() + 20
while not inside and time.monotonic() < deadline:
    time.sleep(0.001)
assert inside, "the autosave did not begin"
emulator.save_all(emulator._build_persistence_save_dict())
print(max(len(together) for together in seen))
"""


def test_the_clean_end_of_the_embedded_aws_waits_for_the_autosave() -> None:
    """Both write `<service>.json.tmp` and move it: at once, they would move each other's half."""
    python = REPOSITORY / ".tools" / "ministack" / "bin" / "python"
    done = subprocess.run(
        [python, "-P", "-c", TWO_WRITERS], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr


def test_stacks_that_start_at_once_on_a_new_clone_share_one_whole_runtime_client(tmp_path: Path) -> None:
    folder = tmp_path / "clients"
    with ThreadPoolExecutor(6) as pool:
        made = {future.result() for future in [pool.submit(runtime_client, folder) for _ in range(6)]}
    alone = runtime_client(tmp_path / "alone")
    (together,) = made
    assert files_of(together) == files_of(alone)
    assert [one.name for one in folder.iterdir()] == [alone.name], "something half made was left behind"


def files_of(folder: Path) -> dict[str, int]:
    """Sizes by path. A compiled file's depends on the folder's name; that it is there and holds something does not."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    return {
        str(one.relative_to(folder)): min(one.stat().st_size, 1) if one.suffix == ".pyc" else one.stat().st_size
        for one in files
    }
