"""The simulator as a process: the same answers over a socket, real resets, and a state that kill -9 spares."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import REPOSITORY
from tests.contract.simulator_caller import EVERYTHING

REDIRECT = "http://127.0.0.1:8080/oauth/callback"
PATIENCE_SECONDS = 60


@contextmanager
def running(state: Path | None = None, **environment: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "local.simulator", "--port", str(port)]
    command += ["--state", str(state)] if state else []
    process = subprocess.Popen(command, cwd=REPOSITORY, env=os.environ | environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
            _wait_for(client, process)
            yield client, process
    finally:
        process.kill()
        process.wait()


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the simulator ended at its start"
        try:
            if client.get("/_simulator/health").status_code == 200:
                return
        except httpx.ConnectError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.05)
    pytest.fail("the simulator did not start")


def code_for(client: httpx.Client, account: str) -> str:
    fields = {
        "audience": "api.atlassian.com",
        "client_id": "simulator-client",
        "scope": EVERYTHING,
        "redirect_uri": REDIRECT,
        "state": "s",
        "response_type": "code",
        "prompt": "consent",
        "simulate": "allow",
        "account": account,
    }
    redirect = client.get("/authorize", params=fields)
    assert redirect.status_code == 302
    return httpx.URL(redirect.headers["location"]).params["code"]


def consent(client: httpx.Client) -> dict[str, Any]:
    code = code_for(client, "grace")
    return token(client, grant_type="authorization_code", code=code, redirect_uri=REDIRECT).json()  # type: ignore[no-any-return]


def token(client: httpx.Client, **fields: str) -> httpx.Response:
    return client.post(
        "/oauth/token", json={"client_id": "simulator-client", "client_secret": "simulator-secret"} | fields
    )


def test_over_a_socket_with_faults(tmp_path: Path) -> None:
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "page.xhtml").write_text("<p>Straße</p>", encoding="utf-8")
    with running(SIMULATOR_PAGES=str(tmp_path)) as (client, _):
        bearer = {"Authorization": f"Bearer {consent(client)['access_token']}"}
        site = client.get("/oauth/token/accessible-resources", headers=bearer).json()[0]["id"]
        path = f"/ex/confluence/{site}/wiki/api/v2/pages/77?body-format=storage"
        assert client.get(path, headers=bearer).json()["body"]["storage"]["value"] == "<p>Straße</p>"
        for reset in ("before", "after"):
            client.post("/_simulator/script", content=json.dumps({"endpoint": "*", "reset": reset}))
            with pytest.raises(httpx.TransportError):
                client.get(path, headers=bearer)
        client.post("/_simulator/script", content=json.dumps({"endpoint": "*", "drip_seconds": 0.01}))
        with client.stream("GET", path, headers=bearer) as answer:
            assert next(answer.iter_raw()) == b" "
        assert client.get(path, headers=bearer).status_code == 200
        assert client.get("/_simulator/violations").json() == []


def test_the_state_survives_kill_9(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.json"
    with running(state) as (client, process):
        tokens = consent(client)
        rows = client.get("/_simulator/pages", params={"space": "SHOP"}).json()
        first, second = rows[3]["id"], rows[4]["id"]
        client.post(f"/_simulator/pages/{first}/rename", content=json.dumps({"title": "Renamed"}))
        client.post(f"/_simulator/pages/{second}/purge")
        client.post("/_simulator/clock", content=json.dumps({"advance_seconds": 100}))
        refreshed = token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
        code = code_for(client, "ada")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert state.stat().st_mode & 0o077 == 0, "the file holds tokens"
    with running(state) as (client, _):
        bearer = {"Authorization": f"Bearer {refreshed['access_token']}"}
        assert client.get("/me", headers=bearer).json()["nickname"] == "grace"
        now = {row["id"]: row["title"] for row in client.get("/_simulator/pages", params={"space": "SHOP"}).json()}
        assert now[first] == "Renamed"
        assert second not in now
        assert token(client, grant_type="refresh_token", refresh_token=refreshed["refresh_token"]).status_code == 200
        exchanged = token(client, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
        assert exchanged.status_code == 200, "a consent in flight is finished after the restart"
        # Two generations old by now: rotation is remembered, not only the newest token.
        assert token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 403


def test_spaces_and_people_survive_kill_9_and_the_generated_come_again(tmp_path: Path) -> None:
    state, plan = tmp_path / "state.json", {"SIMULATOR_GENERATE": "40:2"}

    def told(client: httpx.Client, path: str, **body: Any) -> Any:
        return client.post(f"/_simulator/{path}", content=json.dumps(body)).json()

    with running(state, **plan) as (client, process):
        touched = told(client, "generated/touch", count=3)["ids"]
        told(client, "spaces/GEN2/remove")
        told(client, "spaces/GEN1/archive")
        told(client, "accounts/ada/close")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(state, **plan) as (client, _):
        rows = {row["id"]: row for row in client.get("/_simulator/pages").json()}
        kept = [each for each in touched if each in rows]
        assert kept
        assert all(rows[each]["version"] >= 2 for each in kept)
        assert len({row["space_id"] for row in rows.values() if len(row["id"]) == len(touched[0])}) == 1
        bearer = {"Authorization": f"Bearer {consent(client)['access_token']}"}
        site = client.get("/oauth/token/accessible-resources", headers=bearer).json()[0]["id"]
        spaces = client.get(f"/ex/confluence/{site}/wiki/api/v2/spaces?limit=250", headers=bearer).json()["results"]
        assert {row["key"]: row["status"] for row in spaces if row["key"].startswith("GEN")} == {"GEN1": "archived"}
        ada = {"accountIds": ["712020:0c3b7a1e-92d4-4f5a-8e61-7d2f90b4c502"]}
        found = client.post(f"/ex/confluence/{site}/wiki/api/v2/users-bulk", json=ada, headers=bearer).json()
        assert found["results"][0]["accountStatus"] == "closed"


def test_a_plan_that_makes_no_sense_stops_the_start() -> None:
    command = [sys.executable, "-m", "local.simulator", "--port", "0"]
    environment = os.environ | {"SIMULATOR_GENERATE": "many"}
    ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, b"SIMULATOR_GENERATE" in ended.stderr) == (2, True)


@pytest.mark.parametrize("content", ['{"format": 99}', "not json"])
def test_a_foreign_state_file_stops_the_start(tmp_path: Path, content: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "local.simulator", "--port", "0", "--state", str(state)]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=PATIENCE_SECONDS, check=False)
    assert ended.returncode == 2
    assert b"state.json" in ended.stderr
    assert state.read_text(encoding="utf-8") == content
