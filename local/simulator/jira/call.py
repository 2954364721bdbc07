"""What a Jira operation is given, and the questions all of them ask: may this account see it, may it do this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local.simulator.accounts import Account
from local.simulator.jira import refusals
from local.simulator.jira.nouns import Holders, Issue, JiraSite, Project
from local.simulator.operations import Operation, Query
from local.simulator.wire import Refusal, Reply, Request
from local.simulator.world import World


@dataclass(frozen=True, slots=True)
class JiraCall:
    """One authorised call of one operation. `path` begins with `/rest`."""

    world: World
    request: Request
    path: str
    operation: Operation
    params: Mapping[str, str]
    query: Query
    body: Any
    account: Account
    site: JiraSite

    # ── rights ────────────────────────────────────────────────────────────────────────────────────────────────
    def can(self, permission: str, project: Project, account: Account | None = None) -> bool:
        """Whether the caller, or another account, holds a project permission."""
        who = account or self.account
        return self._holds(who, project.holders, permission)

    def can_globally(self, permission: str, account: Account | None = None) -> bool:
        """Whether the caller, or another account, holds a global permission."""
        who = account or self.account
        return self._holds(who, self.site.holders, permission)

    def _holds(self, who: Account, scheme: Mapping[str, Holders], permission: str) -> bool:
        if who.account_id not in self.site.members or permission not in scheme:
            return False
        holders = scheme[permission]
        return holders is None or who.account_id in holders

    def project(self, id_or_key: str) -> Project:
        """A project the caller may browse."""
        project = self.site.project(id_or_key)
        if project is None or not self.can("BROWSE_PROJECTS", project):
            raise refusals.no_project(id_or_key)
        return project

    def issue(self, id_or_key: str | None = None) -> Issue:
        """An issue the caller may see: the path's, or another."""
        issue = self.site.issue(id_or_key or self.params["issueIdOrKey"])
        if issue is None or not self.can("BROWSE_PROJECTS", self.site.projects[issue.project_id]):
            raise refusals.no_issue()
        return issue

    def may(self, permission: str, issue: Issue) -> bool:
        """Whether the caller holds a permission on an issue, which its project decides."""
        return self.can(permission, self.site.projects[issue.project_id])

    # ── the request ───────────────────────────────────────────────────────────────────────────────────────────
    def only_simulated(self, *names: str) -> None:
        """Refuse a query that uses documented parameters other than `names`."""
        for name, value in self.query.without(*names):
            if value != "false":
                raise self.not_simulated(f"{name}={value} on {self.operation.endpoint}")

    def expand(self, *known: str) -> frozenset[str]:
        """The `expand` parameter's values."""
        wanted = frozenset(part for part in (self.query.one("expand") or "").split(",") if part)
        if unknown := wanted - set(known):
            raise self.not_simulated(f"expand={','.join(sorted(unknown))}")
        return wanted

    def not_simulated(self, what: str) -> Refusal:
        """Documented at Atlassian, but not here: said aloud, never answered with an invention."""
        self.world.manners.record("not_simulated", self.request.method, self.path, what)
        return refusals.jira(501, f"The simulator does not do this: {what}")

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────
    def person(self, account_id: str) -> Account:
        """Whoever an issue names; they were somebody once."""
        return self.world.directory.named(account_id)

    def user(self, account_id: object) -> Account | None:
        """A user of the site, with Jira or without; None for anybody else."""
        account = self.world.directory.get(account_id) if isinstance(account_id, str) else None
        return account if account and self.site.cloud_id in account.cloud_ids else None

    # ── the answer ────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def now(self) -> datetime:
        """The simulator's time."""
        return self.world.clock()

    def address(self, path: str) -> str:
        """A `self` link: for OAuth callers it leads through the gateway, not to the site."""
        return f"https://api.atlassian.com/ex/jira/{self.site.cloud_id}/rest/api/3/{path}"

    def time(self, moment: datetime) -> str:
        """`2026-07-14T22:26:03.672-0500`: in the caller's zone, the offset without a colon; not RFC 3339."""
        local = moment.astimezone(ZoneInfo(self.account.zone))
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def done(self, status: int = 204) -> Reply:
        """Written; nothing to say."""
        return Reply.empty(status)


type Handler = Callable[[JiraCall], Reply]
