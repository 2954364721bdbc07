"""`python -m local.simulator --port 8090`: the simulator as a process of its own."""

import argparse
import os
import secrets
import sys
from pathlib import Path

import uvicorn

from local.simulator.real_pages import NoPages
from local.simulator.simulator import CLIENT_ID, CLIENT_SECRET, create_simulator

DEFAULT_PORT = 8090


def main() -> int:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m local.simulator", description="Atlassian Cloud on this machine")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--bench",
        action="store_true",
        default=os.environ.get("SIMULATOR_BENCH") == "1",
        help="also serve acme's own host below /wiki: Basic auth and the v1 content API",
    )
    parser.add_argument("--state", type=Path, help="keep grants and page edits in this file")
    options = parser.parse_args()
    pages = os.environ.get("SIMULATOR_PAGES")
    try:
        simulator = create_simulator(
            # Unlike a test's, a process's tokens must not come again after a restart.
            seed=secrets.randbits(64),
            client=(
                os.environ.get("SIMULATOR_CLIENT_ID", CLIENT_ID),
                os.environ.get("SIMULATOR_CLIENT_SECRET", CLIENT_SECRET),
            ),
            # Another name of the same machine: to clients a host other than the API's, as at Atlassian.
            media_base=f"http://localhost:{options.port}",
            pages=Path(pages) if pages else None,
            generate=os.environ.get("SIMULATOR_GENERATE") or None,
            state=options.state,
            bench=options.bench,
        )
    except (NoPages, ValueError) as problem:
        print(f"simulator: {problem}", file=sys.stderr)
        return 2
    uvicorn.run(
        simulator.asgi, host=options.host, port=options.port, log_level="warning", proxy_headers=False, access_log=False
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
