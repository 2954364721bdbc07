"""What reading the site and converting it costs at all: lists of 250 with bodies, our converter, nothing kept.

`python -m bench.floor URL FOLDER OUT SPACE…`. No labels, no files, no authors, no repeats, no memory of the last time.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.measure import Outcome, measured, tell
from bench.site import Site
from confluence_connector.content import to_markdown
from confluence_connector.domain import scopes
from local.simulator.accounts import ACME

BASE = f"/ex/confluence/{ACME}"


def read(client: httpx.Client, spaces: list[str]) -> Iterator[str]:
    found = client.get(f"{BASE}/wiki/api/v2/spaces", params={"keys": ",".join(spaces)}).raise_for_status().json()
    ids = ",".join(space["id"] for space in found["results"])
    address: str | None = f"/wiki/api/v2/pages?space-id={ids}&limit=250&body-format=storage&status=current"
    while address:
        answer = client.get(f"{BASE}{address}").raise_for_status().json()
        for page in answer["results"]:
            to_markdown(page["body"]["storage"]["value"])
            yield page["id"]
        address = answer["_links"].get("next")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("spaces", nargs="+")
    chosen = parser.parse_args()
    headers = {"authorization": f"Bearer {Site(chosen.url).token(' '.join(scopes.SYNC))}", "accept-encoding": "gzip"}
    with httpx.Client(base_url=chosen.url, headers=headers, trust_env=False, timeout=30) as client:
        tell(chosen.out, [measured(Outcome(), lambda: read(client, chosen.spaces))])


if __name__ == "__main__":
    main()
