"""A folder with AWS's Lambda runtime client and nothing else, to stand for /var/runtime.

The client is installed in .venv beside everything that tests need; a worker that could see all of that would run code
that the artefact lacks. Compiled like the layer is, so that cold starts are honest.
"""

import compileall
import importlib.metadata
import py_compile
import re
import shutil
import tempfile
from pathlib import Path


def runtime_client(folder: Path) -> Path:
    """The folder `folder/awslambdaric-<version>`, made whole if it is not there: several stacks may start at once."""
    version = importlib.metadata.version("awslambdaric")
    target = folder / f"awslambdaric-{version}"
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder, ignore_cleanup_errors=True) as own:
        making = Path(own) / "client"
        making.mkdir()
        for name in ("awslambdaric", *_requirements("awslambdaric")):
            _copy(name, making)
        compileall.compile_dir(making, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        try:
            making.rename(target)
        except OSError:
            if not target.is_dir():  # else another start was quicker, and one is as good as the other
                raise
    return target


def _requirements(distribution: str) -> list[str]:
    stated = importlib.metadata.requires(distribution) or []
    return [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in stated if "extra ==" not in line]


def _copy(distribution: str, target: Path) -> None:
    for file in importlib.metadata.files(distribution) or []:
        if ".." in file.parts or file.parts[0].endswith(".dist-info") or "__pycache__" in file.parts:
            continue
        copy = target.joinpath(*file.parts)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(str(file.locate())), copy)
