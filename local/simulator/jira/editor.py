"""What people and administrators do in Jira itself, for tests and for the control API."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from local.simulator.accounts import ACCOUNTS
from local.simulator.jira.fields import DEFAULT_PRIORITY
from local.simulator.jira.nouns import Face, Holders, Issue, JiraSite, Project, RemoteLink
from local.simulator.jira.permissions import OF_A_PROJECT, OF_THE_SITE
from local.simulator.jira.transitions import settle
from local.simulator.wire import JsonObject


class NoSuchIssue(LookupError):
    """There is no issue or project with that key on the site."""


class JiraEditor:
    """Changes to Jira on one site, made while no request is being handled. Accounts are named."""

    def __init__(self, site: JiraSite, lock: AbstractContextManager[object]) -> None:
        self._site, self._lock = site, lock

    # ── issues ────────────────────────────────────────────────────────────────────────────────────────────────
    def issues(self, project: str | None = None) -> list[Issue]:
        """All issues, or a project's, oldest first."""
        with self._lock:
            wanted = None if project is None else self._project(project).id
            return [each for each in self._site.issues.values() if wanted in {None, each.project_id}]

    def issue(self, id_or_key: str) -> Issue:
        """One issue. Raises NoSuchIssue."""
        issue = self._site.issue(id_or_key)
        if issue is None:
            raise NoSuchIssue(id_or_key)
        return issue

    def create(self, project: str, summary: str, now: datetime, *, issue_type: str = "Task", account: str) -> Issue:
        """An issue made by hand. Raises NoSuchIssue; ValueError for a type the project does not have."""
        with self._lock:
            place = self._project(project)
            found = next((each for each in place.types if issue_type in {each.id, each.name}), None)
            if found is None:
                raise ValueError(f"{project} has no issue type {issue_type!r}")
            values = {"priority": dict(DEFAULT_PRIORITY)}
            face = Face(now, found.workflow.statuses[0].id, summary, values=values)
            return self._site.add(place, found.id, ACCOUNTS[account].account_id, face)

    def edit(
        self,
        id_or_key: str,
        now: datetime,
        *,
        summary: str | None = None,
        description: JsonObject | None = None,
        labels: Iterable[str] | None = None,
    ) -> Issue:
        """A person's edit. What is None stays."""
        with self._lock:
            issue = self.issue(id_or_key)
            wanted = {
                "summary": summary,
                "description": description,
                "labels": None if labels is None else tuple(labels),
            }
            changes: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
            issue.turn(now, **changes)
            return issue

    def transition(self, id_or_key: str, now: datetime, status: str) -> Issue:
        """To a status of its workflow by name, whatever the way. Raises ValueError for one it does not have."""
        with self._lock:
            issue = self.issue(id_or_key)
            statuses = self._site.type_of(issue).workflow.statuses
            found = next((each for each in statuses if status in {each.id, each.name}), None)
            if found is None:
                raise ValueError(f"no status {status!r}: {', '.join(each.name for each in statuses)}")
            issue.turn(now, status_id=found.id, values=settle(issue.face.values, found))
            return issue

    def delete(self, id_or_key: str) -> None:
        """Gone for ever."""
        with self._lock:
            del self._site.issues[self.issue(id_or_key).id]

    def link(self, id_or_key: str, url: str, title: str, global_id: str | None = None) -> RemoteLink:
        """A remote link made by hand."""
        with self._lock:
            link = RemoteLink(int(self._site.new_id()), global_id, {"url": url, "title": title})
            self.issue(id_or_key).links.append(link)
            return link

    # ── rights ────────────────────────────────────────────────────────────────────────────────────────────────
    def permit(self, permission: str, accounts: Iterable[str] | None, project: str | None = None) -> None:
        """Exactly these accounts hold a permission; None is everybody with Jira. Without a project, a global one.

        Raises NoSuchIssue; ValueError for a permission there is not.
        """
        with self._lock:
            known = OF_THE_SITE if project is None else OF_A_PROJECT
            if permission not in known:
                raise ValueError(f"no such permission: {permission}; one of {', '.join(known)}")
            scheme = self._site.holders if project is None else self._project(project).holders
            holders: Holders = None if accounts is None else frozenset(ACCOUNTS[name].account_id for name in accounts)
            scheme[permission] = holders

    def give_access(self, account: str, *, has: bool) -> None:
        """Give an account Jira on this site, or take it away."""
        with self._lock:
            (self._site.members.add if has else self._site.members.discard)(ACCOUNTS[account].account_id)

    def _project(self, key: str) -> Project:
        project = self._site.project(key)
        if project is None:
            raise NoSuchIssue(key)
        return project
