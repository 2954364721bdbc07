"""People acting on the issues of pages: real services and adapters over the simulator, stores in memory.

Whose token a request to Jira carried is kept, so that a test sees who Jira saw, whatever a service says.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import httpx

from confluence_connector.adapters.atlassian_http import AtlassianHttp, new_client
from confluence_connector.adapters.jira import JiraSitesOverHttp
from confluence_connector.adapters.page_rights import PageRightsOverHttp
from confluence_connector.adapters.site_reader import SiteReadersOverHttp
from confluence_connector.domain import scopes
from confluence_connector.domain.connections import Account, Connection, Grant, Pointer, Site, Status
from confluence_connector.domain.identifiers import (
    CloudId,
    ConnectionId,
    IssueId,
    Kind,
    MemberId,
    PageId,
    SpaceId,
    SynchronizerId,
    WorkspaceId,
    new_id,
)
from confluence_connector.domain.page_acts import PageAct
from confluence_connector.domain.page_links import LinkState, PageLink
from confluence_connector.domain.people import Principal
from confluence_connector.domain.synchronizers import Synchronizer, SynchronizerSettings
from confluence_connector.errors import ReconnectRequired
from confluence_connector.ports import Deadline
from confluence_connector.services.synchronizing.act_on_issue import ActOnIssue
from confluence_connector.services.synchronizing.act_trail import ActTrail
from confluence_connector.services.synchronizing.choose_actor import ChooseActor
from confluence_connector.services.synchronizing.conclude_synchronizer_run import ConcludeSynchronizerRun
from confluence_connector.services.synchronizing.find_issue import FindIssue
from confluence_connector.services.synchronizing.list_acts import ListActs
from confluence_connector.services.synchronizing.select_pages import SelectPages
from confluence_connector.services.synchronizing.show_issue import ShowIssue
from confluence_connector.services.synchronizing.start_synchronizer_run import StartSynchronizerRun
from local.simulator import Simulator, create_simulator
from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.jira.nouns import Issue
from tests.atlassian import SimulatedGrant, page_titled
from tests.conftest import MovableClock
from tests.fakes.pace import FreePace
from tests.fakes.synchronizing import FakePageActs, FakePageLinks, FakeSynchronizerRuns, FakeSynchronizers
from tests.fakes.syncing import FakeWorkQueue
from tests.fakes.vault_stores import FakeConnections
from tests.telling import Told
from tests.vault import TimeLeft

HERE = WorkspaceId("acme")
TECHNICAL = "alice"
PROJECT = "WEB"
PAGE_TITLE = "PRD: Saved carts"


def member(sub: str, *, workspace: str = HERE, admin: bool = False) -> Principal:
    roles = frozenset({"admin"}) if admin else frozenset[str]()
    return Principal(MemberId(sub), WorkspaceId(workspace), roles, frozenset())


def only(*accounts: str) -> list[str]:
    """The ids of accounts, as a page's restrictions name them."""
    return [ACCOUNTS[name].account_id for name in accounts]


ANN, BOB, ROOT = member("ann"), member("bob"), member("root", admin=True)


@dataclass
class Grants:
    """The `AccessTokens` port for many connections; `dead` ones are refused as the vault refuses them."""

    simulator: Simulator
    by_connection: dict[ConnectionId, SimulatedGrant] = field(default_factory=dict)
    dead: set[ConnectionId] = field(default_factory=set)

    def access_token(
        self, workspace: WorkspaceId, connection_id: ConnectionId, *, deadline: Deadline, rejected: str | None = None
    ) -> str:
        if connection_id in self.dead:
            raise ReconnectRequired
        grant = self.by_connection[connection_id]
        return grant.access_token(workspace, connection_id, deadline=deadline, rejected=rejected)

    def holder(self, authorization: str) -> ConnectionId:
        bearer = authorization.removeprefix("Bearer ")
        return next(key for key, grant in self.by_connection.items() if grant.access == bearer)


@dataclass
class Noted(httpx.BaseTransport):
    """Passes on what is sent, and keeps who sent it."""

    inner: httpx.BaseTransport
    grants: Grants
    sent: list[tuple[ConnectionId, str, str]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        holder = self.grants.holder(request.headers["authorization"])
        self.sent.append((holder, request.method, request.url.path))
        return self.inner.handle_request(request)


@dataclass
class ActingRig:
    """One workspace with a technical user, a synchronizer to WEB, and a page of it with an issue."""

    clock: MovableClock = field(default_factory=MovableClock)
    settings: SynchronizerSettings = field(default_factory=lambda: SynchronizerSettings("automatic", "10002"))
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.numbers = count(1)
        self.simulator = create_simulator(clock=self.clock, sleep=self.clock.sleep)
        self.grants = Grants(self.simulator)
        self.noted = Noted(self.simulator.transport(), self.grants)
        client = new_client(self.noted)
        self.http = AtlassianHttp(
            client,
            "https://api.atlassian.com",
            self.clock,
            self.clock.sleep,
            lambda: 0.5,
            self.told,
            FreePace(),
        )
        self.connections = FakeConnections()
        self.synchronizers = FakeSynchronizers(self.clock)
        self.links = FakePageLinks()
        self.acts = FakePageActs(self.clock)
        self.jira_sites = JiraSitesOverHttp(self.http, self.grants)
        self.actors = ChooseActor(
            self.connections, self.jira_sites, PageRightsOverHttp(self.http, self.grants), self.clock
        )
        self.trail = ActTrail(self.acts, self.clock, self.new_id)
        self.runs, self.queue = FakeSynchronizerRuns(self.clock), FakeWorkQueue()
        conclude = ConcludeSynchronizerRun(self.synchronizers, self.told, self.told, self.clock)
        self.sites = SiteReadersOverHttp(self.http, self.grants)
        self.selection = SelectPages(
            synchronizers=self.synchronizers,
            links=self.links,
            actors=self.actors,
            sites=self.sites,
            jira_sites=self.jira_sites,
            runs=StartSynchronizerRun(self.synchronizers, self.runs, self.queue, conclude, self.clock, self.new_id),
            trail=self.trail,
            now=self.clock,
            new_marker=lambda: f"marker-{next(self.numbers)}",
        )
        find = FindIssue(self.synchronizers, self.links, self.actors, self.sites)
        self.shown, self.acting = ShowIssue(find), ActOnIssue(find, self.trail)
        self.listed = ListActs(self.synchronizers, self.acts)
        self.technical = self.connect("root", TECHNICAL, owner="workspace")
        self.synchronizer = self.made(self.technical)
        self.page = page_titled(self.simulator, PAGE_TITLE)
        self.issue = self.jira.create(PROJECT, PAGE_TITLE, self.clock(), account=TECHNICAL)
        self.link = self.linked(self.page, self.issue)

    def new_id(self, kind: Kind) -> str:
        return new_id(kind, self.clock(), next(self.numbers).to_bytes(16))

    @property
    def jira(self) -> Any:
        return self.simulator.jira()

    def deadline(self) -> TimeLeft:
        return TimeLeft(self.clock, 25.0)

    # ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────

    def connect(
        self,
        sub: str,
        account: str,
        /,
        *,
        owner: str = "user",
        workspace: WorkspaceId = HERE,
        purposes: frozenset[Any] = frozenset({"link", "jira"}),
        **changes: Any,
    ) -> Connection:
        """A confirmed connection of a member, or of the workspace, with that account's grant."""
        now, who = self.clock(), ACCOUNTS[account]
        granted = tuple(sorted(scopes.needed_for(purposes) - {"offline_access"}))
        site = Site(CloudId(ACME), "Acme", "https://acme.atlassian.net", ("confluence", "jira"))
        blank = Connection(
            id=ConnectionId(self.new_id("con")),
            workspace=workspace,
            owner="workspace" if owner == "workspace" else "user",
            owner_id=workspace if owner == "workspace" else sub,
            started_by=MemberId(sub),
            purposes=purposes,
            status=Status.CONNECTED,
            created_at=now,
            account=Account(who.account_id, who.display_name),
            site=site,
            jira_site=site if who.has(ACME, "jira") else None,
            grant=Grant(Pointer("secret", "version"), 1, granted, now, now, now + timedelta(hours=1)),
            generation=1,
        )
        made = self.connections.save(replace(blank, **changes))
        scope = " ".join(sorted(scopes.needed_for(purposes)))
        self.grants.by_connection[made.id] = SimulatedGrant(self.simulator, account, scope)
        return made

    def made(self, connection: Connection, **changes: Any) -> Synchronizer:
        assert connection.account
        now = self.clock()
        blank = Synchronizer(
            id=SynchronizerId(self.new_id("syn")),
            workspace=connection.workspace,
            connection_id=connection.id,
            cloud_id=CloudId(ACME),
            jira_cloud_id=CloudId(ACME),
            jira_url="https://acme.atlassian.net",
            space_id=SpaceId(
                next(each.id for each in self.simulator.sites[ACME].spaces.values() if each.key == "SHOP")
            ),
            space_key="SHOP",
            project_id="10001",
            project_key=PROJECT,
            settings=self.settings,
            technical_user=MemberId("root"),
            technical_account_id=connection.account.id,
            created_at=now,
            new_since=now,
            next_run_at=now,
        )
        return self.synchronizers.save(replace(blank, **changes))

    def linked(
        self, page_id: PageId, issue: Issue, synchronizer: Synchronizer | None = None, **changes: Any
    ) -> PageLink:
        wanted = synchronizer or self.synchronizer
        blank = PageLink(
            workspace=wanted.workspace,
            synchronizer_id=wanted.id,
            page_id=page_id,
            state=LinkState.ACTIVE,
            marker=f"marker-{page_id}",
            issue_type="10002",
            title=PAGE_TITLE,
            since=self.clock(),
            issue_id=IssueId(issue.id),
            issue_key=issue.key,
            summary=PAGE_TITLE,
            remote_title=PAGE_TITLE,
        )
        return self.links.save(replace(blank, **changes))

    def relinked(self, **changes: Any) -> None:
        """The page's link as a run has just left it."""
        found = self.links.get(self.link.workspace, self.link.synchronizer_id, self.link.page_id)
        assert found
        self.link = self.links.save(replace(found, **changes))

    def changed(self, **settings: Any) -> None:
        """The synchronizer as an admin has just set it."""
        found = self.synchronizers.get(self.synchronizer.workspace, self.synchronizer.id)
        assert found
        self.synchronizer = self.synchronizers.save(replace(found, settings=replace(found.settings, **settings)))

    def recorded(self, connection: Connection, **changes: Any) -> Connection:
        """The connection as somebody has just saved it."""
        stored = self.connections.get(connection.workspace, connection.id)
        assert stored
        return self.connections.save(replace(stored, **changes))

    def regranted(self, connection: Connection, **changes: Any) -> None:
        assert connection.grant
        self.recorded(connection, grant=replace(connection.grant, **changes))

    def moved_jira(self, cloud_id: CloudId) -> None:
        """The synchronizer as it would be with its project on that site."""
        self.synchronizer = self.synchronizers.save(replace(self.synchronizer, jira_cloud_id=cloud_id))
        self.technical = self.recorded(self.technical, jira_site=Site(cloud_id, "Other", "https://other.atlassian.net"))

    def own(self, person: Principal) -> Connection:
        """A member's own, the only one."""
        (found,) = (each for each in self.connections.of_workspace(person.workspace) if each.owner_id == person.sub)
        return found

    # ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, person: Principal) -> Any:
        return self.shown.show(person, self.synchronizer.id, self.page, self.deadline())

    def transition(self, person: Principal, transition_id: str = "21") -> Any:
        return self.acting.transition(person, self.synchronizer.id, self.page, transition_id, self.deadline())

    def select(self, person: Principal, page: str | None = None, issue_type: str | None = None) -> PageLink:
        return self.selection.select(person, self.synchronizer.id, page or self.page, issue_type, self.deadline())

    def deselect(self, person: Principal, page: str | None = None) -> None:
        self.selection.deselect(person, self.synchronizer.id, page or self.page, self.deadline())

    def edit(self, person: Principal, **fields: Any) -> Any:
        return self.acting.edit(person, self.synchronizer.id, self.page, fields, self.deadline())

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def status(self) -> str:
        """The issue's, by id: 10000 to do, 10001 in progress, 10002 done."""
        return str(self.jira.issue(self.issue.id).face.status_id)

    @property
    def summary(self) -> str:
        return str(self.jira.issue(self.issue.id).face.summary)

    @property
    def writes(self) -> list[ConnectionId]:
        """Whose grant each change of Jira was sent with."""
        return [
            holder
            for holder, method, path in self.noted.sent
            if "/ex/jira/" in path and method != "GET" and not path.endswith(("/bulkfetch", "/search/jql"))
        ]

    @property
    def lines(self) -> list[PageAct]:
        """The trail, oldest first."""
        return sorted(self.acts.stored.values(), key=lambda act: act.id)
