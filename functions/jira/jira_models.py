"""What is asked and answered about synchronizers and their runs over HTTP. Requests refuse what they do not know."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from confluence_connector.domain.identifiers import OURS
from confluence_connector.domain.synchronizer_runs import (
    STAGES,
    PlannedAction,
    SynchronizerRun,
    SynchronizerStage,
    SynchronizerTrigger,
)
from confluence_connector.domain.synchronizers import Mode, Synchronizer, SynchronizerSettings
from confluence_connector.errors import NotFound
from confluence_connector.limits import ADDITIONAL_CQL_LENGTH
from confluence_connector.ports.jira import IssueType
from confluence_connector.services.synchronizing.manage_synchronizers import SynchronizerWanted


def _key(key: str) -> str:
    """Confluence's are ASCII."""
    if not key.strip() or not key.isprintable() or not key.isascii():
        raise ValueError("not a space key")
    return key


PROJECT_KEY = r"^[A-Za-z][A-Za-z0-9_]{0,254}$"
"""What Jira allows when its admins change the pattern, as a whole; https://support.atlassian.com, "project key"."""

type ConnectionRef = Annotated[str, Field(pattern=rf"^{OURS.pattern}$")]
type SpaceKey = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_key)]
type ProjectKey = Annotated[str, Field(pattern=PROJECT_KEY)]
type Cql = Annotated[str, Field(min_length=1, max_length=ADDITIONAL_CQL_LENGTH)]
type IssueTypeId = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
type IssueTypeChoice = IssueTypeId | Literal["per_page"]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SynchronizerRequest(Asked):
    """`issue_type`: an id, or `per_page` in the mode `selected`. `cql`: one condition beside space and type."""

    connection_id: ConnectionRef
    space_key: SpaceKey
    project_key: ProjectKey
    mode: Mode
    issue_type: IssueTypeChoice
    cql: Cql | None = None
    allow_fallback: bool = True

    def wanted(self) -> SynchronizerWanted:
        settings = SynchronizerSettings(self.mode, self.issue_type, self.cql, self.allow_fallback)
        return SynchronizerWanted(self.connection_id, self.space_key, self.project_key, settings)


class SynchronizerChange(Asked):
    """What is left out stays. `cql` null: none any more. `enabled` true: a paused one is checked and goes on."""

    mode: Mode | None = None
    issue_type: IssueTypeChoice | None = None
    cql: Cql | None = None
    allow_fallback: bool | None = None
    enabled: bool | None = None

    @model_validator(mode="after")
    def _no_nulls(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set - {"cql"}):
            raise ValueError("null")
        return self

    def changes(self) -> Mapping[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class RunRequest(Asked):
    """`dry_run`: say what would be done. `catch_up`: in the mode `new_pages`, older pages too. A run that goes on
    already is asked neither.
    """

    dry_run: bool = False
    catch_up: bool = False


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ProjectAnswer(Answer):
    id: str
    key: str
    name: str


class ProjectsAnswer(BaseModel):
    items: list[ProjectAnswer]
    next: str | None


class IssueTypeAnswer(BaseModel):
    """`required`: fields that it demands beyond those that a synchronizer gives; then it is not `usable`."""

    id: str
    name: str
    subtask: bool
    required: list[str]
    usable: bool


class IssueTypesAnswer(BaseModel):
    items: list[IssueTypeAnswer]
    next: None = None


class SynchronizerAnswer(Answer):
    """`technical_user`: the member; `technical_account_id`: the account that Jira sees. `paused_because`: a code, after
    what only a person can mend. `missing_permissions`: what that account lacks in the project. `whole_run_at`: until
    then, scheduled runs look only at pages that were written lately; null, the next one is whole.
    """

    id: str
    connection_id: str
    cloud_id: str
    jira_cloud_id: str
    jira_url: str
    space_key: str
    project_key: str
    mode: Mode
    issue_type: str
    cql: str | None
    allow_fallback: bool
    enabled: bool
    technical_user: str
    technical_account_id: str
    created_at: datetime
    new_since: datetime
    next_run_at: datetime | None
    whole_run_at: datetime | None
    active_run: str | None
    last_run: str | None
    paused_because: str | None
    missing_permissions: list[str]


class SynchronizersAnswer(BaseModel):
    items: list[SynchronizerAnswer]
    next: str | None


class CountsAnswer(Answer):
    """`seen`: pages looked at; `writes`: requests that changed something in Jira; the others are effects."""

    seen: int
    created: int
    updated: int
    activated: int
    deactivated: int
    orphaned: int
    broken: int
    duplicates: int
    failed: int
    writes: int


class PlannedAnswer(Answer):
    page_id: str
    title: str
    action: PlannedAction


class FailureAnswer(Answer):
    item: str
    parent: str | None
    code: str
    detail: str


class RunRow(Answer):
    """`whole`: not only pages that were written lately. `failure`: why the whole run could not go on."""

    id: str
    synchronizer_id: str
    status: Literal["queued", "running", "completed", "completed_with_errors", "failed", "cancelled"]
    trigger: SynchronizerTrigger
    stage: SynchronizerStage | None
    whole: bool
    dry_run: bool
    catch_up: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    pages: CountsAnswer
    requests: int
    points: int
    failure: FailureAnswer | None


class RunAnswer(RunRow):
    """`planned`, of a dry run, and `failures`: the first ones; `pages` counts all."""

    planned: list[PlannedAnswer]
    failures: list[FailureAnswer]


class RunsAnswer(BaseModel):
    items: list[RunRow]
    next: str | None


def project_named(key: str) -> str:
    """A key from a path. What cannot be one names no project."""
    if not re.fullmatch(PROJECT_KEY, key):
        raise NotFound
    return key


def issue_type_of(each: IssueType) -> IssueTypeAnswer:
    usable = not each.subtask and not each.required
    return IssueTypeAnswer(
        id=each.id, name=each.name, subtask=each.subtask, required=list(each.required), usable=usable
    )


def synchronizer_of(synchronizer: Synchronizer) -> SynchronizerAnswer:
    settings = synchronizer.settings
    known = {
        name: getattr(settings if hasattr(settings, name) else synchronizer, name)
        for name in SynchronizerAnswer.model_fields
    }
    return SynchronizerAnswer.model_validate(known | {"missing_permissions": list(synchronizer.missing_permissions)})


def row_of(run: SynchronizerRun) -> RunRow:
    return RunRow.model_validate(_told(run, RunRow))


def run_of(run: SynchronizerRun) -> RunAnswer:
    return RunAnswer.model_validate(_told(run, RunAnswer))


def _told(run: SynchronizerRun, answer: type[BaseModel]) -> dict[str, Any]:
    told = {name: getattr(run, name) for name in answer.model_fields if name not in {"pages", "stage", "whole"}}
    stage = run.stages[0] if run.stages and not run.is_over else None
    return told | {"status": run.status.value, "stage": stage, "pages": run.counts, "whole": run.plan == STAGES}
