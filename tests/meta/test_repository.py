"""What the repository must not hold, and what must agree in it."""

import re
import subprocess

from tests.conftest import REPOSITORY

# What a credential looks like, whoever issued it.
CREDENTIALS = {
    "AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "Atlassian token": r"\bATATT[A-Za-z0-9_=-]{20,}",
    "private key": r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}",
    "GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}",
}


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def findings(text: str) -> list[str]:
    return [kind for kind, pattern in CREDENTIALS.items() if re.search(pattern, text)]


def test_N9_no_credential_is_in_the_repository() -> None:
    found = {name: findings((REPOSITORY / name).read_text(errors="replace")) for name in tracked()}
    assert {name: kinds for name, kinds in found.items() if kinds} == {}


def test_N9_the_scan_sees_credentials() -> None:
    planted = {
        "AWS access key": "AKIA" + "Q" * 16,
        "Atlassian token": "ATATT" + "x3" * 20,
        "private key": "-----BEGIN " + "PRIVATE KEY-----",
        "JSON web token": ".".join(["eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 20]),
        "GitHub token": "ghp_" + "a" * 36,
    }
    assert {kind: findings(text) for kind, text in planted.items()} == {kind: [kind] for kind in CREDENTIALS}


def test_N9_no_secret_is_in_samconfig() -> None:
    assert not re.search(r"(?i)secret|token|password", (REPOSITORY / "samconfig.toml").read_text())


def pins(file: str) -> dict[str, str]:
    lines = (REPOSITORY / file).read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line)


def test_N10_what_is_tested_is_what_ships() -> None:
    ships, tested = pins("layers/shared/requirements.txt"), pins("requirements/dev.txt")
    assert ships
    assert {name: tested.get(name) for name in ships} == ships


def test_N10_every_requirement_is_pinned() -> None:
    for name in tracked():
        if re.search(r"requirements.*\.txt$", name):
            lines = (REPOSITORY / name).read_text().splitlines()
            assert [line for line in lines if line.strip() and not line.startswith("#") and "==" not in line] == []
