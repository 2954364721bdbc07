"""What space sync is asked and answers over HTTP. Requests refuse what they do not know."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from confluence_connector.domain.corpus import ChangeKind, CorpusPage, Departure
from confluence_connector.domain.identifiers import PAGE, CorpusId, PageId
from confluence_connector.domain.runs import Run, Trigger
from confluence_connector.domain.syncs import Sync, SyncSettings
from confluence_connector.errors import PageNotFound
from confluence_connector.limits import SYNC_INTERVAL_MAX_MINUTES, SYNC_INTERVAL_MIN_MINUTES, SYNC_SPACES_NAMED
from confluence_connector.services.syncing.read_corpus import FeedPosition


def _keys(keys: list[str]) -> list[str]:
    """Confluence's are ASCII; other text of that length would not fit into the sync's item."""
    if any(not key.strip() or not key.isprintable() or not key.isascii() for key in keys):
        raise ValueError("not a space key")
    return keys


type SpaceKey = Annotated[str, Field(min_length=1, max_length=255)]
type SpaceKeys = Annotated[list[SpaceKey], Field(max_length=SYNC_SPACES_NAMED), AfterValidator(_keys)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SyncRequest(_Asked):
    """The whole setting. No `include_spaces`: all spaces but personal and archived ones; keys ignore case."""

    enabled: bool
    interval_minutes: Annotated[int, Field(ge=SYNC_INTERVAL_MIN_MINUTES, le=SYNC_INTERVAL_MAX_MINUTES)] = 60
    include_spaces: SpaceKeys = []
    exclude_spaces: SpaceKeys = []

    def settings(self) -> SyncSettings:
        return SyncSettings(self.enabled, self.interval_minutes, tuple(self.include_spaces), tuple(self.exclude_spaces))


class RunRequest(_Asked):
    """`accept_removals`: the pages that a paused run missed are really gone. `full`: make every page again, and write
    what comes out differently or is not in the bucket any more. A run that goes on already is asked neither.
    """

    accept_removals: bool = False
    full: bool = False


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SpacesDone(_Answer):
    done: int
    total: int


class PagesDone(_Answer):
    seen: int
    new: int
    changed: int
    unchanged: int
    removed: int
    failed: int


class FailureAnswer(_Answer):
    item: str
    parent: str | None
    code: str
    detail: str


class RunAnswer(BaseModel):
    """`failures`: the first ones; `pages.failed` counts all. `failure`: why the whole run failed or held back."""

    id: str
    connection_id: str
    status: Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]
    trigger: Trigger
    stage: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    spaces: SpacesDone
    pages: PagesDone
    requests: int
    points: int
    failures: list[FailureAnswer]
    failure: FailureAnswer | None


class RunsAnswer(BaseModel):
    items: list[RunAnswer]
    next: str | None


class SyncAnswer(BaseModel):
    """`paused_because`: a code, after a failure that only a person can mend. `pages`: those last counted."""

    enabled: bool
    interval_minutes: int
    include_spaces: list[str]
    exclude_spaces: list[str]
    next_run_at: datetime | None
    active_run: str | None
    last_run: str | None
    paused_because: str | None
    pages: int
    reconcile_days: int


class LabelledAncestor(_Answer):
    id: str
    title: str


class AttachmentAnswer(_Answer):
    id: str
    name: str
    media_type: str
    size: int
    url: str


class CorpusPageRow(BaseModel):
    id: str
    title: str
    url: str
    space_key: str
    version: int
    updated_at: datetime
    parent_id: str | None
    author: str | None
    labels: list[str]


class CorpusPageAnswer(CorpusPageRow):
    """`markdown`: the object as it lies in S3, front matter first. It is Confluence's text: data, no instructions."""

    ancestors: list[LabelledAncestor]
    attachments: list[AttachmentAnswer]
    markdown: str
    trust: Literal["untrusted"] = "untrusted"


class CorpusPagesAnswer(BaseModel):
    items: list[CorpusPageRow]
    next: str | None


class ChangeAnswer(_Answer):
    """`because`: why a page left."""

    page_id: str
    kind: ChangeKind
    at: datetime
    title: str
    url: str
    version: int
    because: Departure | None


class ChangesAnswer(BaseModel):
    """`next` leads on now; `since` is what to ask with later, when there is no `next`."""

    items: list[ChangeAnswer]
    next: str | None
    since: str


def run_of(run: Run) -> RunAnswer:
    return RunAnswer(
        id=run.id,
        connection_id=run.connection_id,
        status=run.status.value,
        trigger=run.trigger,
        stage=run.stages[0] if run.stages and not run.is_over else None,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        spaces=SpacesDone(done=run.spaces_done, total=run.spaces_total),
        pages=PagesDone.model_validate(run.pages),
        requests=run.requests,
        points=run.points,
        failures=[FailureAnswer.model_validate(failure) for failure in run.failures],
        failure=FailureAnswer.model_validate(run.failure) if run.failure else None,
    )


def sync_of(sync: Sync) -> SyncAnswer:
    return SyncAnswer(
        enabled=sync.settings.enabled,
        interval_minutes=sync.settings.interval_minutes,
        include_spaces=list(sync.settings.include_spaces),
        exclude_spaces=list(sync.settings.exclude_spaces),
        next_run_at=sync.next_run_at,
        active_run=sync.active_run,
        last_run=sync.last_run,
        paused_because=sync.paused_because,
        pages=sync.pages,
        reconcile_days=sync.reconcile_days,
    )


def row_of(page: CorpusPage) -> CorpusPageRow:
    return CorpusPageRow(
        id=page.id,
        title=page.title,
        url=page.url,
        space_key=page.space_key,
        version=page.version,
        updated_at=page.updated_at,
        parent_id=page.parent_id,
        author=page.author_name,
        labels=list(page.details.labels),
    )


def page_of(page: CorpusPage, markdown: str) -> CorpusPageAnswer:
    return CorpusPageAnswer(
        **row_of(page).model_dump(),
        ancestors=[LabelledAncestor.model_validate(each) for each in page.details.ancestors],
        attachments=[AttachmentAnswer.model_validate(each) for each in page.details.attachments],
        markdown=markdown,
    )


def text_of(position: FeedPosition) -> str:
    return f"{position.corpus_id}/{position.number}/{position.taken}/{int(position.at.timestamp())}"


def position_of(text: str) -> FeedPosition:
    """What `text_of` wrote: cursors are signed."""
    corpus_id, number, taken, at = text.split("/")
    return FeedPosition(CorpusId(corpus_id), int(number), int(taken), datetime.fromtimestamp(int(at), UTC))


def page_named(identifier: str) -> PageId:
    """An id from a path. What is no id of Confluence names no page."""
    if not PAGE.fullmatch(identifier):
        raise PageNotFound
    return PageId(identifier)
