"""A person moves a page's issue on, or edits its fields, with the rights of whoever acts for them (G6).

What Jira would refuse for sure is refused before anything is sent. The rest is written down, then sent, once: where the
answer was lost, nothing is sent again. Where Jira says that somebody was faster (409), the issue is read once more, and
what was wanted is sent once more only if nobody touched it (fault case M3).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from confluence_connector.domain.page_acts import Deed, PageAct
from confluence_connector.domain.people import Principal
from confluence_connector.domain.plain_documents import document_of
from confluence_connector.errors import EditConflict, JiraRefused, TooLarge, TransitionUnavailable, Unprocessable
from confluence_connector.limits import ISSUE_FIELDS_BYTES
from confluence_connector.ports import Deadline
from confluence_connector.ports.jira import EditableField, IssueNow, Jira, Transition
from confluence_connector.services.synchronizing.act_trail import ActTrail
from confluence_connector.services.synchronizing.both_sites import told_to_who_asks
from confluence_connector.services.synchronizing.find_issue import FindIssue, FoundIssue

FIELD: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
SCREEN: Final = "This transition asks for fields on a screen of Jira's."
DOCUMENT: Final = "document"
NOT_EDITABLE: Final = "The issue has no such fields, or the account that acts may not edit them."


@dataclass(frozen=True, slots=True)
class ActOnIssue:
    """Every method raises what `FindIssue.of` raises, IssueGone for a broken link too, EditConflict,
    WriteOutcomeUnknown, and what Jira says no to; and returns the line of the audit trail.
    """

    find: FindIssue
    trail: ActTrail

    @told_to_who_asks()
    def transition(
        self, person: Principal, synchronizer_id: str, page_id: str, transition_id: str, deadline: Deadline
    ) -> PageAct:
        """Raises TransitionUnavailable for one that is not open to who acts, JiraRefused for one whose screen demands
        fields.
        """
        found = self.find.of(person, synchronizer_id, page_id, deadline)
        jira, issue = found.actor.jira, found.present
        chosen = _open(jira, issue, transition_id)
        if chosen.needs:
            raise JiraRefused(SCREEN, remedy="Take this transition in Jira.", fields=sorted(chosen.needs))
        done, _ = self.trail.tell(
            self._line(person, found, "transition", [chosen.id]),
            lambda: _once_or_again(
                lambda: jira.transition(issue.ref.id, chosen.id),
                untouched=lambda: _status(jira, issue) == issue.status,
            ),
        )
        return done

    @told_to_who_asks()
    def edit(
        self, person: Principal, synchronizer_id: str, page_id: str, fields: Mapping[str, Any], deadline: Deadline
    ) -> PageAct:
        """`fields`: by id, as Jira takes them; a plain string for a field of rich text becomes a document.

        Raises Unprocessable for none, and for what is not JSON; TooLarge; JiraRefused for those that are not open to
        who acts.
        """
        _refuse_unsendable(fields)
        found = self.find.of(person, synchronizer_id, page_id, deadline)
        jira, issue = found.actor.jira, found.present
        before = _editable(jira, issue, fields)
        values = {name: _as_jira_takes_it(before[name], value) for name, value in fields.items()}
        done, _ = self.trail.tell(
            self._line(person, found, "edit_fields", sorted(fields)),
            lambda: _once_or_again(
                lambda: jira.edit(issue.ref.id, values),
                untouched=lambda: _editable(jira, issue, fields) == before,
            ),
        )
        return done

    def _line(self, person: Principal, found: FoundIssue, deed: Deed, what: Sequence[str]) -> PageAct:
        return self.trail.line(
            person,
            found.synchronizer,
            found.actor,
            deed,
            page_id=found.link.page_id,
            issue_id=found.link.issue_id,
            what=what,
        )


def _refuse_unsendable(fields: Mapping[str, Any]) -> None:
    if not fields:
        raise Unprocessable("No field was named.")
    try:
        text = json.dumps(dict(fields), allow_nan=False)
    except ValueError:  # 1e999 is infinite once it is read
        raise Unprocessable from None
    if len(text) > ISSUE_FIELDS_BYTES:
        raise TooLarge(f"Fields of an issue are changed by at most {ISSUE_FIELDS_BYTES} bytes at once.")


def _once_or_again(send: Callable[[], None], *, untouched: Callable[[], bool]) -> None:
    """Raises EditConflict."""
    try:
        send()
    except EditConflict:
        if not untouched():
            raise
        send()


def _open(jira: Jira, issue: IssueNow, transition_id: str) -> Transition:
    found = next((each for each in jira.transitions(issue.ref.id) if each.id == transition_id), None)
    if found is None:
        raise TransitionUnavailable
    return found


def _status(jira: Jira, issue: IssueNow) -> str | None:
    now = jira.issue(issue.ref.id)
    return now.status if now else None


def _editable(jira: Jira, issue: IssueNow, wanted: Mapping[str, Any]) -> dict[str, EditableField]:
    """Those that are wanted, as they are now."""
    found = {field.id: field for field in jira.fields(issue.ref.id) if field.id in wanted}
    if missing := sorted(set(wanted) - set(found)):
        raise JiraRefused(NOT_EDITABLE, fields=[name if FIELD.fullmatch(name) else "?" for name in missing])
    return found


def _as_jira_takes_it(field: EditableField, value: Any) -> Any:
    return document_of(value) if field.type == DOCUMENT and isinstance(value, str) else value
