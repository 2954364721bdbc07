"""What one turn of a synchronizer's run works with, and what it has to tell afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from confluence_connector.domain.connections import Connection
from confluence_connector.domain.page_links import PageLink
from confluence_connector.domain.runs import ItemFailure
from confluence_connector.domain.synchronizer_runs import LinkCounts, Planned, PlannedAction, SynchronizerRun
from confluence_connector.domain.synchronizers import Synchronizer, SynchronizerSettings
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import FAILURES_KEPT, PLANNED_KEPT
from confluence_connector.ports.jira import IssueRef, Jira
from confluence_connector.ports.site_reading import ListedPage, SiteReader


@dataclass(slots=True)
class Report:
    """What a step did, told as it happens: it counts even where the step does not get through."""

    refused_in_a_row: int
    unanswered: bool = False  # a create was sent, and it is not known what became of it
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[ItemFailure] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)

    def did(self, effect: str, times: int = 1) -> None:
        """`effect`: a field of LinkCounts."""
        self.counts[effect] += times

    def plans(self, link: PageLink, action: PlannedAction) -> None:
        self.planned.append(Planned(link.page_id, link.title, action))

    def tells(self, link: PageLink, code: str, detail: str) -> None:
        """Something that a person should know of a page, but no failure."""
        self.failures.append(ItemFailure(f"page:{link.page_id}", link.issue_key, code, detail))

    def failed(self, link: PageLink, error: ConnectorError) -> None:
        self.tells(link, error.code, error.detail)
        self.counts["failed"] += 1

    def on(self, run: SynchronizerRun) -> SynchronizerRun:
        """The run with it. A step that is repeated after it did not get through tells the same failure once."""
        sums = {name: getattr(run.counts, name) + self.counts[name] for name in LinkCounts.__dataclass_fields__}
        failures = dict.fromkeys((*run.failures, *self.failures))
        return replace(
            run,
            counts=LinkCounts(**sums),
            failures=tuple(failures)[:FAILURES_KEPT],
            planned=(*run.planned, *self.planned)[:PLANNED_KEPT],
            refused_in_a_row=self.refused_in_a_row,
        )


@dataclass(slots=True)
class Memory:
    """What a turn asked once and its later steps may use again; `began_at`: before any of it was asked.

    `unlinked`: pages without a link of the answer that was `asked` for with these settings under this cursor, and where
    that answer leads on.
    `marked`: issues by their markers, as far back as so many minutes; other accounts' too, if `marked_by_anyone`.
    `undescribed`: issue types on whose screen Jira has no description.
    """

    began_at: datetime
    asked: tuple[SynchronizerSettings, str | None] | None = None
    unlinked: list[ListedPage] | None = None
    following: str | None = None
    marked: Mapping[str, list[IssueRef]] = field(default_factory=dict)
    marked_minutes: int = 0
    marked_by_anyone: bool = False
    undescribed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SynchronizerTurn:
    """A run as its worker holds it, with everything that a step asks. `site_url`: Confluence's, without a slash."""

    run: SynchronizerRun
    synchronizer: Synchronizer
    connection: Connection
    site_url: str
    site: SiteReader
    jira: Jira
    report: Report
    memory: Memory


class SynchronizerStep(Protocol):
    def step(self, turn: SynchronizerTurn) -> SynchronizerRun:
        """How far the run is after one more batch of this stage; what it did is in the turn's report.

        May be repeated: what it answers is saved afterwards, or not at all.
        """


def next_stage(run: SynchronizerRun) -> SynchronizerRun:
    return replace(run, stages=run.stages[1:], cursor=None, last_page=None)
