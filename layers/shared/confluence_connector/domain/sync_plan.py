"""What a run does, decided when it begins, and what it leaves behind, decided when it is over. Pure.

    nothing known yet    probe → spaces → walk (with bodies) → evidence
    a walk is due        spaces → walk → evidence
    details are due      probe → details
    otherwise            probe
    switched off or      names, if an author's name has changed: what is kept is corrected without Atlassian (A12)
    paused

and before these the details that earlier runs still owed. Walks and details come half a day apart, so that no hourly
run carries both: removals are found with five requests per thousand pages, an ordinary run takes one or two. A walk
meets whatever a probe would; it leaves the watermark where it is, so that the next probe looks a day back, once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from confluence_connector.domain.identifiers import RunId
from confluence_connector.domain.runs import Run, RunStatus, Stage, Trigger
from confluence_connector.domain.sync_times import next_tick
from confluence_connector.domain.syncs import Sync
from confluence_connector.limits import OWED_KEPT, RECONCILE_DAYS_MAX, SYNC_OVERLAP_SECONDS, TURN_STALLED_SECONDS

DONE: Final = frozenset({RunStatus.COMPLETED, RunStatus.COMPLETED_WITH_ERRORS})
NAMES_ONLY: Final[tuple[Stage, ...]] = ("names",)
HALF_A_DAY: Final = timedelta(hours=12)
BUSY_SHARE: Final = 0.8
CALM_SHARE: Final = 0.5
"""Of what background work may spend of the app's points: above, the reconcile is stretched; below, it comes back."""


def planned(
    sync: Sync, run_id: RunId, trigger: Trigger, now: datetime, *, accept_removals: bool = False, full: bool = False
) -> Run:
    """The run that this sync needs now. `accept_removals` asks for a walk, whose removals are then carried out; `full`
    for everything, whatever is known."""
    names_due = sync.names_due_at is not None and sync.names_due_at <= now
    only_names = names_due and trigger == "schedule" and not _is_regular(sync)
    whole = full or sync.watermark is None
    walks, details = (True, False) if whole or accept_removals else _due(sync, now)
    plan: list[Stage] = ["names"] if names_due else []
    if sync.owed:
        plan.append("owed")
    if whole or not walks:
        plan.append("probe")
    if walks:
        plan += ["spaces", "walk", "evidence"]
    if details:
        plan.append("details")
    return Run(
        id=run_id,
        workspace=sync.workspace,
        connection_id=sync.connection_id,
        trigger="first" if sync.last_run is None and whole and not only_names else trigger,
        status=RunStatus.QUEUED,
        plan=NAMES_ONLY if only_names else tuple(plan),
        stages=NAMES_ONLY if only_names else tuple(plan),
        created_at=now,
        accept_removals=accept_removals,
        with_bodies=whole and not only_names,
        feed=sync.feed,
    )


def begun(sync: Sync, run: Run, now: datetime, delay_seconds: int) -> Sync:
    """The sync with this run under way. What was due stays due until the run has seen to it."""
    return replace(
        sync,
        active_run=run.id,
        active_until=now + timedelta(seconds=delay_seconds + TURN_STALLED_SECONDS),
        next_run_at=after_tick(sync, now),
    )


def settled(sync: Sync, run: Run, share: float) -> Sync:
    """The sync once its active run is over. `share`: how much of its points background work used over the last day.

    A run that was stopped may have begun a batch of changes: its number is published too, since all that can lie under
    it are changes that were about to happen, or did. No change of the corpus goes unannounced. How many pages there are
    may be off by such a batch, until a run goes over them one by one.
    """
    pages = run.counted if run.counted is not None else max(0, sync.pages + run.pages.new - run.pages.removed)
    over = replace(
        sync,
        active_run=None,
        active_until=None,
        last_run=run.id,
        pages=pages,
        feed=max(sync.feed, run.feed if run.status in DONE else run.feed + 1),
    )
    return _learned(over, run, share) if run.status in DONE else over


def _learned(sync: Sync, run: Run, share: float) -> Sync:
    """Due times are half an interval early, so that the tick nearest to them serves."""
    asked_again = sync.owed if {"owed", "details"} & set(run.plan) else ()
    owed = [*(page for page in sync.owed if page not in asked_again), *run.owed]
    learned = replace(sync, owed=tuple(dict.fromkeys(owed))[:OWED_KEPT])
    if "names" in run.plan and sync.names_due_at is not None and sync.names_due_at <= run.created_at:
        learned = replace(learned, names_due_at=None)
        if not _is_regular(sync):
            learned = replace(learned, next_run_at=None)
    if sync.paused_because is not None and run.plan != NAMES_ONLY:  # a person asked for this run, and it got through
        resumed = replace(learned, paused_because=None)
        learned = replace(resumed, next_run_at=after_tick(resumed, run.finished_at or run.created_at))
    half = timedelta(minutes=sync.settings.interval_minutes) / 2
    if "probe" in run.plan:
        # What changes from now on is newer than this, by Atlassian's clock or by ours, whichever is behind.
        settled_until = (run.started_at or run.created_at) - timedelta(seconds=SYNC_OVERLAP_SECONDS)
        learned = replace(learned, watermark=min(run.newest or settled_until, settled_until))
    asked_for_meanwhile = _was_asked_for_meanwhile(sync, run)
    if asked_for_meanwhile and learned.next_run_at is not None:
        learned = replace(learned, next_run_at=run.finished_at)
    if "walk" in run.plan and not asked_for_meanwhile:
        days = reconcile_days(sync.reconcile_days, share)
        learned = replace(learned, reconcile_days=days, walk_due_at=run.created_at + timedelta(days=days) - half)
    if run.with_bodies:
        learned = replace(learned, details_due_at=run.created_at + HALF_A_DAY - half)
    if "details" in run.plan:
        days = learned.reconcile_days
        learned = replace(learned, details_due_at=run.created_at + timedelta(days=days) - half)
    return learned


def _was_asked_for_meanwhile(sync: Sync, run: Run) -> bool:
    """Other spaces were chosen while the run went on: it may have passed them by."""
    at, over_at = sync.walk_due_at, run.finished_at
    return at is not None and over_at is not None and run.created_at < at <= over_at


def _due(sync: Sync, now: datetime) -> tuple[bool, bool]:
    """Whether a walk and whether details are due. Of both, the one that waited longer; where runs are rare, both."""
    walk_at, details_at = sync.walk_due_at or now, sync.details_due_at or now
    walks, details = walk_at <= now, details_at <= now
    if walks and details and timedelta(minutes=sync.settings.interval_minutes) < HALF_A_DAY:
        return walk_at <= details_at, details_at < walk_at
    return walks, details


def reconcile_days(days: int, share: float) -> int:
    """Twice as many while background work comes near its share of the points, half as many while it does not."""
    if share > BUSY_SHARE:
        return min(2 * days, RECONCILE_DAYS_MAX)
    return max(days // 2, 1) if share < CALM_SHARE else days


def after_tick(sync: Sync, now: datetime) -> datetime | None:
    """When the next run is due once this one has begun; None: switched off or paused, and no name to be corrected."""
    if sync.ending:
        return None
    if not _is_regular(sync):
        if sync.names_due_at is None:
            return None
        now = max(now, sync.names_due_at)
    return next_tick(sync.connection_id, sync.settings.interval_minutes, now)


def _is_regular(sync: Sync) -> bool:
    """Whether its schedule runs."""
    return sync.settings.enabled and sync.paused_because is None
