"""Real bodies through the real handlers: every page of the specification's folder imports and reads back."""

from pathlib import Path

from local.simulator import create_simulator
from tests.aws import Aws
from tests.conftest import MovableClock
from tests.connecting import ANN, World


def test_every_real_page_is_found_named_copied_and_linked(aws: Aws, clock: MovableClock, spec: Path) -> None:
    simulator = create_simulator(clock=clock, sleep=clock.sleep, pages=spec / "pages" / "real")
    world = World.over(aws, clock, simulator)
    connection = world.connect()["id"]
    here = f"/connections/{connection}"
    pages = world.api.ok(ANN, "GET", f"{here}/spaces/REAL/pages", query={"limit": "200"})["items"]
    assert len(pages) == len([folder for folder in (spec / "pages" / "real").iterdir() if folder.is_dir()])
    for page in pages:
        assert world.api.ok(ANN, "POST", f"{here}/resolve", {"url": page["url"]})["id"] == page["id"]
        suggested = world.api.ok(ANN, "GET", f"{here}/pages/{page['id']}/suggestion")
        assert 0 < len(suggested["name"]) <= 200
        texts = []
        for mode in ("copy", "link"):
            prd = {"connection_id": connection, "page_id": page["id"]}
            body = {"name": suggested["name"], "folder": "real", "default_mode": mode, "prd": prd}
            key = {"idempotency-key": f"{page['id']}-{mode}"}
            feature = world.api.ok(ANN, "POST", "/features", body, headers=key)
            read = world.api.ok(ANN, "GET", f"/documents/{feature['prd_document_id']}/content")
            texts.append(read["content"])
        assert texts[0] == texts[1]
        assert texts[0].strip()
    assert simulator.violations == []
