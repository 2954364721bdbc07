"""The simulated site that everybody reads: a process of its own, and what its control calls say."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from local.simulator.simulator import CLIENT_ID, CLIENT_SECRET

LATENCY_SECONDS = 0.02
STARTS_WITHIN_SECONDS = 120
REDIRECT = "http://127.0.0.1:1/callback"
NO_LIMIT: dict[str, Any] = {"burst_per_second": 0, "every_nth_429": 0, "refusal_retry_after_seconds": 1}


@dataclass(frozen=True, slots=True)
class Site:
    """acme, with `pages` generated ones."""

    url: str

    def control(self, call: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx.request(call, f"{self.url}/_simulator/{path}", json=body, trust_env=False, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def count_anew(self) -> None:
        """Requests and points from zero; the quota of one hour is not what is measured here."""
        self.control("DELETE", "requests")
        self.control("POST", "points", {"used": 0})

    def requests(self) -> int:
        return int(self.control("GET", "requests")["total"])

    def page_ids(self, space: str) -> set[str]:
        """Of current pages."""
        rows = self.control("GET", f"pages?space={space}")
        rows = rows["pages"] if isinstance(rows, dict) else rows
        return {str(row["id"]) for row in rows if row["status"] == "current"}

    def behave(self, **switches: Any) -> None:
        self.control("POST", "behaviour", NO_LIMIT | {"latency_seconds": LATENCY_SECONDS} | switches)

    def token(self, scopes: str) -> str:
        """An access token of the registered app for alice, by a consent that nobody has to click."""
        asked = {
            "audience": "api.atlassian.com", "client_id": CLIENT_ID, "scope": scopes, "redirect_uri": REDIRECT,
            "state": "bench", "response_type": "code", "prompt": "consent", "simulate": "allow", "account": "alice",
        }  # fmt: skip
        sent_to = httpx.get(f"{self.url}/authorize", params=asked, trust_env=False, timeout=60).headers["location"]
        code = parse_qs(urlsplit(sent_to).query)["code"][0]
        fields = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT,
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        }  # fmt: skip
        answer = httpx.post(f"{self.url}/oauth/token", json=fields, trust_env=False, timeout=60).raise_for_status()
        return str(answer.json()["access_token"])


@contextmanager
def running_site(pages: int) -> Iterator[Site]:
    """Up until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "local.simulator", "--bench", "--port", str(port)]
    with subprocess.Popen(command, env=os.environ | {"SIMULATOR_GENERATE": str(pages)}) as process:
        try:
            yield _answering(Site(f"http://127.0.0.1:{port}"), process)
        finally:
            process.terminate()


def _answering(site: Site, process: "subprocess.Popen[bytes]") -> Site:
    give_up_at = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            site.control("GET", "health")
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return site
    raise RuntimeError("the simulator does not start")
