"""The template, as CloudFormation sees it."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.conftest import REPOSITORY

SAM = REPOSITORY / ".tools" / "sam" / "bin"


def run(*command: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}
    return subprocess.run(
        [str(part) for part in command], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def transformed() -> dict[str, Any]:
    done = run(SAM / "python", "tools/transform", "template.yaml")
    assert done.returncode == 0, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template
