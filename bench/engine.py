"""Our sync in a process of its own: the worker's own services, wired by the product's composition root.

`python -m bench.engine URL FOLDER OUT STEP… --spaces KEY…`, each step a run of the same corpus: `full`, `unchanged`,
`changed` (a hundredth of the pages was edited) and `removals` (as many went to the trash, and the daily walk is due).
Atlassian is asked over HTTP; S3 is a folder, DynamoDB and SQS are memory.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from bench.measure import Outcome, measured, tell
from bench.site import Site
from bench.stand_ins import FolderObjects, LimitsInMemory, Nobody, OneToken
from confluence_connector.adapters.pace_holds import Holds
from confluence_connector.content import to_markdown
from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Account, Connection, Grant, Pointer, Status
from confluence_connector.domain.connections import Site as PinnedSite
from confluence_connector.domain.identifiers import CloudId, ConnectionId, MemberId, WorkspaceId
from confluence_connector.domain.runs import Run
from confluence_connector.domain.syncs import Sync, SyncSettings
from confluence_connector.domain.work import Work
from confluence_connector.ports.corpus import CorpusIndex
from confluence_connector.runtime import Runtime
from confluence_connector.settings import Settings
from local.simulator.accounts import ACME
from tests.fakes.corpus import FakeCorpusIndex
from tests.fakes.syncing import FakeRuns, FakeSyncs, FakeWorkQueue
from tests.fakes.vault_stores import FakeConnections

INVOCATION_SECONDS = 60.0
SHARE = 0.01
SEARCH_LAG_SECONDS = 60
WORKSPACE, CONNECTION = WorkspaceId("acme"), ConnectionId(f"con_{1:036d}")


class CountedIndex(CorpusIndex, Protocol):
    """The port, with a count of items written."""

    writes: int


class Invocation:
    """The `Deadline` port: an invocation that began when this was made."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + INVOCATION_SECONDS

    def remaining_seconds(self) -> float:
        return self._ends - time.monotonic()


class Engine:
    """One connection's sync. `hourly_points`: of an app that has more of them than the default tier's."""

    def __init__(
        self, site: Site, folder: Path, spaces: tuple[str, ...], index: CountedIndex, hourly_points: int | None = None
    ) -> None:
        folder.mkdir(parents=True)
        self.site, self.spaces, self.index = site, spaces, index
        self.objects, self.queue = FolderObjects(folder), FakeWorkQueue()
        self.runtime = runtime = Runtime(_settings(site, hourly_points))
        # What is there already, a cached property does not make.
        vars(runtime).update(
            connections=FakeConnections(),
            tokens=OneToken(site.token(" ".join(scopes.SYNC))),
            events=Nobody(),
            holds=Holds(LimitsInMemory(), runtime.now, runtime.telemetry),  # type: ignore[arg-type]
            work_queue=self.queue,
        )
        vars(runtime.syncing).update(
            syncs=FakeSyncs(), runs=FakeRuns(), index=self.index, objects=self.objects, _background_share=lambda: 0.6
        )

    def warm(self) -> None:
        """What a worker has loaded before its first message: imports and certificates are no part of reading a site."""
        assert self.runtime.syncing.worker.sites is not None
        assert self.runtime.background_http.client is not None
        to_markdown("<p>warm</p>")

    def first(self) -> Iterator[str]:
        self.runtime.syncing.begin.of(self._connected())
        self._change(settings=SyncSettings(include_spaces=self.spaces))
        return self._drained()

    def due(self, **changes: object) -> Iterator[str]:
        """The next scheduled run."""
        self._change(next_run_at=self.runtime.now(), **changes)
        self.runtime.syncing.dispatcher.dispatch(Invocation())
        return self._drained()

    def last_run(self) -> Run:
        run_id = self._sync().last_run
        assert run_id is not None
        found = self.runtime.syncing.runs.get(WORKSPACE, CONNECTION, run_id)
        assert found is not None
        return found

    def deliver(self, work: Work) -> None:
        self.runtime.syncing.worker.work(work, Invocation())

    def _drained(self) -> Iterator[str]:
        """Every message in its turn, after its delay, as the queue would show it."""
        while self.queue.sent:
            work, delay_seconds = self.queue.sent.pop(0)
            time.sleep(delay_seconds)
            self.deliver(work)
        if self.last_run().status != "completed":
            raise RunNotCompleted(self.last_run())
        return iter(self.objects.page_ids())

    def _change(self, **changes: object) -> None:
        self.runtime.syncing.syncs.save(replace(self._sync(), **changes))  # type: ignore[arg-type]

    def _sync(self) -> Sync:
        sync = self.runtime.syncing.syncs.get(WORKSPACE, CONNECTION)
        assert sync is not None
        return sync

    def _connected(self) -> Connection:
        now = self.runtime.now()
        grant = Grant(
            pointer=Pointer("secret", "v1"), generation=1, scopes=tuple(scopes.SYNC), consented_at=now,
            rotated_at=now, access_expires_at=now + timedelta(hours=1),
        )  # fmt: skip
        return self.runtime.connections.save(
            Connection(
                id=CONNECTION,
                workspace=WORKSPACE,
                owner="workspace",
                owner_id=WORKSPACE,
                started_by=MemberId("root"),
                purposes=frozenset({"link", "sync"}),
                status=Status.CONNECTED,
                created_at=now,
                account=Account("service", "Service"),
                grant=grant,
                generation=1,
                connected_at=now,
                site=PinnedSite(CloudId(ACME), "Acme", "https://acme.atlassian.net"),
            )
        )


class RunNotCompleted(Exception):
    """It says how it ended instead."""


def _settings(site: Site, hourly_points: int | None) -> Settings:
    unused = dict.fromkeys(
        ("state_table", "cache_table", "corpus_table", "work_queue_url", "content_bucket", "transient_bucket",
         "secret_prefix", "app_secret_id", "signing_secret_id", "kms_key_id", "event_bus"), "none",
    )  # fmt: skip
    return Settings.model_validate(
        unused
        | {
            "metrics_namespace": "bench",
            "hourly_points": hourly_points,
            "public_base_url": "",
            "console_origin": site.url,
            "atlassian_auth_url": site.url,
            "atlassian_api_url": site.url,
        }
    )


def _run(engine: Engine, what: str) -> Outcome:
    site, now = engine.site, engine.runtime.now
    changes: dict[str, object] = {}
    if what == "changed":
        site.control("POST", "generated/touch", {"share": SHARE})
        site.control("POST", "clock", {"advance_seconds": SEARCH_LAG_SECONDS})
    if what == "removals":
        site.control("POST", "generated/trash", {"share": SHARE})
        changes = {"walk_due_at": now()}
    site.count_anew()
    written = engine.objects.writes, engine.index.writes
    outcome = measured(Outcome(what), engine.first if what == "full" else lambda: engine.due(**changes))
    if outcome.error is None:
        outcome.points = engine.last_run().points
        outcome.stages = {"new": engine.last_run().pages.new, "changed": engine.last_run().pages.changed}
        outcome.stages |= {"removed": engine.last_run().pages.removed}
    outcome.requests = site.requests()
    outcome.writes = engine.objects.writes - written[0] + engine.index.writes - written[1]
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("steps", nargs="+", choices=["full", "unchanged", "changed", "removals"])
    parser.add_argument("--spaces", nargs="+", required=True)
    chosen = parser.parse_args()
    engine = Engine(Site(chosen.url), chosen.folder, tuple(chosen.spaces), FakeCorpusIndex())
    engine.warm()
    tell(chosen.out, [_run(engine, what) for what in chosen.steps])


if __name__ == "__main__":
    main()
