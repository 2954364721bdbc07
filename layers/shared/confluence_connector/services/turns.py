"""The life of a turn, whatever is worked on: one message, step after step until its time is used up.

    claim ─▶ step ─▶ checkpoint ─▶ step ─▶ checkpoint ─▶ … ─▶ pass on: turn + 1, then its message
       │       ├ told to wait, or somebody is away: pass on, with a delay
       │       ├ a defect: let go, and the message comes again
       └───────┴ all done, not wanted any more, nothing that waiting mends, or claimed too often: finish

Whatever a killed worker leaves behind is in the run's item; a message that comes twice finds its turn taken or past,
and is let go. A turn that somebody else has is left to them: if they died, its message comes back once their time is
up, and if that is lost too, the dispatcher sends it again.

A `run` here is a sync's, an import, a synchronizer's, or a workspace's job.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from confluence_connector.domain.import_jobs import ImportJob
from confluence_connector.domain.rate_limits import Spent
from confluence_connector.domain.run_turns import (
    away_pause,
    charged,
    checkpointed,
    claimed,
    finished,
    is_being_worked_on,
    let_go,
    passed_on,
)
from confluence_connector.domain.runs import Run, RunStatus
from confluence_connector.domain.synchronizer_runs import SynchronizerRun
from confluence_connector.domain.work import Work
from confluence_connector.domain.workspace_jobs import WorkspaceJob
from confluence_connector.errors import (
    AppMisconfigured,
    ConfluenceUnavailable,
    ConnectorError,
    JiraUnavailable,
    RateLimited,
    ServiceUnavailable,
    UpstreamProtocolError,
)
from confluence_connector.limits import (
    QUEUE_DELAY_MAX_SECONDS,
    REWIND_STRIKES,
    STRIKES,
    TURN_SECONDS,
    TURN_STALLED_SECONDS,
)
from confluence_connector.ports import Clock, Deadline, NewSecret, Stale, Telemetry
from confluence_connector.ports.pace import Pace
from confluence_connector.ports.syncing import WorkQueue

SHARE_OF_SHORT_INVOCATIONS = 0.6
GAVE_UP = "It was begun anew too often without getting any further."


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines in the log are called."""

    stale: str  # the message came for a turn that is past, or taken
    lost: str  # the turn was somebody else's by the time it was saved
    postponed: str
    failed: str
    not_released: str


class Course[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](Protocol):
    """What each kind of run has of its own. Raises Stale, AppMisconfigured, ServiceUnavailable."""

    lines: ClassVar[Lines]

    def save(self, run: Taken) -> Taken:
        """If nobody has saved it meanwhile, else raises Stale."""

    def hand_on(self, run: Taken, active_until: datetime) -> bool:
        """Saves the run for its next turn, and when the dispatcher is to look after it. False: nobody wants it now."""

    def rewound(self, run: Taken) -> Taken:
        """Without the cursor that may have led to an answer which makes no sense."""

    def ends_by(self, error: ConnectorError) -> bool:
        """Whether the run is over with it; else it is a defect, for the message to come again with."""

    def when_over(self, run: Taken) -> None:
        """What follows, the run being saved as over."""


@dataclass(slots=True)
class Held[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)]:
    """A run in the hands of its worker. `run`: as it was stored last, with what was done since.

    `until`: of the invocation's remaining seconds, those that are not the turn's.
    """

    run: Taken
    course: Course[Taken]
    work: Work
    turns: "Turns"
    ids: Mapping[str, str]
    deadline: Deadline
    until: float
    has_got_on: bool = False
    meters: list[Spent] = field(default_factory=list)
    paid: tuple[int, int] = (0, 0)

    @property
    def is_used_up(self) -> bool:
        """Not before a first step got through, however short the invocation is."""
        return self.has_got_on and self.deadline.remaining_seconds() <= self.until

    def pays_for(self, *meters: Spent) -> None:
        """What runs up on them is the run's from now on, also where a step does not get through."""
        self.meters += meters

    def checkpoint(self, after: Taken) -> None:
        """`after` a step that got through. Raises Stale."""
        self.settle()
        self._save(checkpointed(after))
        self.has_got_on = True

    def pass_on(self, delay_seconds: int = 0) -> None:
        """A wait that the queue cannot hold is the dispatcher's to end. Raises Stale."""
        held_back = delay_seconds > QUEUE_DELAY_MAX_SECONDS
        stalled_seconds = delay_seconds + (0 if held_back else TURN_STALLED_SECONDS)
        active_until = self.turns.now() + timedelta(seconds=stalled_seconds)
        is_wanted = self.course.hand_on(passed_on(self._paying(self.run)), active_until)
        if is_wanted and not held_back:
            self.turns.queue.send([(replace(self.work, turn=self.work.turn + 1), delay_seconds)])

    def wait_for(self, error: ConnectorError) -> None:
        """Somebody is away. An answer that makes no sense is asked for a few times only, the last ones without the
        cursor that may have led there (K7)."""
        now, strikes = self.turns.now(), 0
        if isinstance(error, UpstreamProtocolError):
            strikes = self.run.strikes
            if strikes >= REWIND_STRIKES:
                self.run = self.course.rewound(self.run)
        pause = away_pause(self.run, now)
        if pause is None or strikes >= STRIKES:
            self.finish(RunStatus.FAILED, error)
            return
        self.run = replace(self.run, strikes=strikes, away_since=self.run.away_since or now)
        self.pass_on(max(pause, error.retry_after or 0))

    def finish(self, status: RunStatus, error: ConnectorError | None = None) -> None:
        """Raises Stale."""
        self._save(finished(self.run, status, self.turns.now(), error))
        self.course.when_over(self.run)

    def let_go(self) -> None:
        """For whoever gets the message next. If even that fails, they come when the turn's time is up."""
        try:
            self._save(let_go(self.run))
        except (ConnectorError, Stale):
            self.turns.telemetry.note(self.course.lines.not_released, **self.ids)

    def settle(self) -> None:
        for meter in self.meters:
            self.turns.pace.settle(meter)

    def _save(self, run: Taken) -> None:
        paying, paid = self._paying(run), self._spent()
        self.run, self.paid = self.course.save(paying), paid

    def _paying(self, run: Taken) -> Taken:
        requests, points = self._spent()
        return charged(run, requests - self.paid[0], points - self.paid[1])

    def _spent(self) -> tuple[int, int]:
        return sum(meter.requests for meter in self.meters), sum(meter.points for meter in self.meters)


@dataclass(frozen=True, slots=True)
class Turns:
    """What all who work in turns work with."""

    queue: WorkQueue
    pace: Pace
    telemetry: Telemetry
    now: Clock
    new_worker: NewSecret

    def take[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](
        self,
        run: Taken,
        course: Course[Taken],
        go_on: Callable[[Held[Taken]], None],
        work: Work,
        deadline: Deadline,
        **ids: str,
    ) -> None:
        """The turn that the message `work` is for, if it is still to be taken. `ids` name the run in the log.

        `go_on` steps, with a checkpoint after each, until the turn is used up or the run is over: the last that it does
        is to pass it on or to finish it. Raises what is a defect.
        """
        if run.is_over or run.turn != work.turn or is_being_worked_on(run, self.now()):
            self.let_pass(course, work, **ids)
            return
        try:
            mine = course.save(claimed(run, self.new_worker(), self.now(), deadline.remaining_seconds()))
            whole = deadline.remaining_seconds()
            until = whole - min(TURN_SECONDS, whole * SHARE_OF_SHORT_INVOCATIONS)
            held = Held(mine, course, work, self, ids, deadline, until)
            if mine.strikes > STRIKES:
                held.finish(RunStatus.FAILED, ConnectorError(GAVE_UP))
            else:
                self._see_through(held, go_on)
        except Stale:  # the turn was somebody else's by now: what they do is right
            self.telemetry.note(course.lines.lost, **ids)

    def let_pass[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](
        self, course: Course[Taken], work: Work, **ids: str
    ) -> None:
        """There is nothing to be done for this message, or nothing any more."""
        self.telemetry.note(course.lines.stale, turn=work.turn, **ids)

    def _see_through[Taken: (Run, ImportJob, SynchronizerRun, WorkspaceJob)](
        self, held: Held[Taken], go_on: Callable[[Held[Taken]], None]
    ) -> None:
        try:
            try:
                go_on(held)
            finally:
                held.settle()
        except Stale:
            raise
        except RateLimited as error:
            self.telemetry.refused(error, held.course.lines.postponed, **held.ids)
            held.run = replace(held.run, strikes=0)
            held.pass_on(error.retry_after or 0)
        except (ConfluenceUnavailable, JiraUnavailable, ServiceUnavailable, AppMisconfigured) as error:
            self.telemetry.refused(error, held.course.lines.postponed, **held.ids)
            held.wait_for(error)
        except ConnectorError as error:
            if not held.course.ends_by(error):
                held.let_go()
                raise
            self.telemetry.refused(error, held.course.lines.failed, **held.ids)
            held.finish(RunStatus.FAILED, error)
        except Exception:
            held.let_go()
            raise
