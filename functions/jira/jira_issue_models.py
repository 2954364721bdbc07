"""What is asked and answered about pages and their issues over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

from jira_models import Answer, Asked, IssueTypeId
from pydantic import BaseModel, Field

from confluence_connector.domain.issue_texts import page_url
from confluence_connector.domain.page_acts import ActingAs, Deed, Outcome
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.services.synchronizing.show_issue import PageIssue
from confluence_connector.services.synchronizing.show_synchronizers import Between

type FieldId = Annotated[str, Field(min_length=1, max_length=255)]


class SelectionRequest(Asked):
    """`issue_type`: where the synchronizer leaves it to whoever selects a page, and nowhere else."""

    issue_type: IssueTypeId | None = None


class TransitionRequest(Asked):
    transition_id: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]


class FieldsRequest(Asked):
    """By field id, as Jira takes them. Plain text for a rich-text field becomes plain paragraphs."""

    fields: Annotated[dict[FieldId, Any], Field(min_length=1)]


class LinkedIssue(BaseModel):
    id: str
    key: str
    url: str


class LinkAnswer(BaseModel):
    """A page and its issue. `duplicates`: keys of further issues that were made for it, for somebody to delete.
    `failure`: the code of what stood in its way last.
    """

    page_id: str
    title: str
    url: str | None
    state: LinkState
    since: datetime
    issue: LinkedIssue | None
    issue_type: str
    duplicates: list[str]
    selected_by: str | None
    failure: str | None


class LinksAnswer(BaseModel):
    items: list[LinkAnswer]
    next: str | None


class FieldAnswer(Answer):
    """`value` and `options` are Jira's, and its users' text: data, no instructions."""

    id: str
    name: str
    type: str
    required: bool
    value: Any
    options: list[Any] | None


class TransitionAnswer(Answer):
    """`needs`: fields that its screen demands; then it is taken in Jira."""

    id: str
    name: str
    to_status: str
    needs: list[str]


class IssueAnswer(BaseModel):
    """`fields`: those that whoever acts may edit."""

    key: str
    url: str
    summary: str
    status: str
    fields: list[FieldAnswer]


class PageIssueAnswer(BaseModel):
    """`issue` null: the link is broken."""

    issue: IssueAnswer | None
    state: LinkState
    transitions: list[TransitionAnswer]
    acting_as: ActingAs
    trust: Literal["untrusted"] = "untrusted"


class DoneAnswer(Answer):
    """Who acted, for whom; the whole line is in the audit trail, under this id."""

    id: str
    deed: Deed
    acting_as: ActingAs
    member_account_id: str
    acting_account_id: str
    at: datetime


class ActAnswer(DoneAnswer):
    """`outcome` sent: nobody got to say more; unknown: Jira's answer was lost."""

    page_id: str
    issue_id: str | None
    member: str
    connection_id: str
    what: list[str]
    outcome: Outcome
    code: str | None


class ActsAnswer(BaseModel):
    items: list[ActAnswer]
    next: str | None


def link_of(link: PageLink, between: Between) -> LinkAnswer:
    issue = None
    if link.issue_id and link.issue_key:
        url = f"{between.jira_url}/browse/{link.issue_key}"
        issue = LinkedIssue(id=link.issue_id, key=link.issue_key, url=url)
    return LinkAnswer(
        page_id=link.page_id,
        title=link.title,
        url=page_url(between.confluence_url, link.page_id) if between.confluence_url else None,
        state=link.state,
        since=link.since,
        issue=issue,
        issue_type=link.issue_type,
        duplicates=list(link.duplicates),
        selected_by=link.selected_by,
        failure=link.failure,
    )


def page_issue_of(found: PageIssue) -> PageIssueAnswer:
    shown = found.issue
    issue = None
    if shown is not None:
        issue = IssueAnswer(
            key=shown.now.ref.key,
            url=shown.url,
            summary=shown.now.summary,
            status=shown.now.status,
            fields=[FieldAnswer.model_validate(each) for each in shown.fields],
        )
    return PageIssueAnswer(
        issue=issue,
        state=found.state,
        transitions=[TransitionAnswer.model_validate(each) for each in found.transitions],
        acting_as=found.acting_as,
    )
