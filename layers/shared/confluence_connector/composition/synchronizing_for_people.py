"""The composition root's part for people with synchronizers: who manages them, and who acts on pages' issues. Apart
from `synchronizing`, so that dispatcher and worker do not pay for it. Atlassian is asked at people's pace.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.idempotency import PowertoolsIdempotency
from confluence_connector.adapters.jira import JiraSitesOverHttp
from confluence_connector.adapters.page_rights import PageRightsOverHttp
from confluence_connector.adapters.site_reader import SiteReadersOverHttp
from confluence_connector.services.synchronizing.act_on_issue import ActOnIssue
from confluence_connector.services.synchronizing.act_trail import ActTrail
from confluence_connector.services.synchronizing.check_settings import CheckSettings
from confluence_connector.services.synchronizing.choose_actor import ChooseActor
from confluence_connector.services.synchronizing.find_issue import FindIssue
from confluence_connector.services.synchronizing.list_acts import ListActs
from confluence_connector.services.synchronizing.manage_synchronizers import ManageSynchronizers
from confluence_connector.services.synchronizing.pick_projects import PickProjects
from confluence_connector.services.synchronizing.select_pages import SelectPages
from confluence_connector.services.synchronizing.show_issue import ShowIssue
from confluence_connector.services.synchronizing.show_synchronizers import ShowSynchronizers
from confluence_connector.services.synchronizing.trigger_synchronizer import TriggerSynchronizer

if TYPE_CHECKING:
    from confluence_connector.composition.synchronizing import Synchronizing
    from confluence_connector.runtime import Runtime


class SynchronizingForPeople:
    """The use-cases of people, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime", synchronizing: "Synchronizing") -> None:
        self._runtime = runtime
        self._kept = synchronizing

    # ── managing ────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def projects(self) -> PickProjects:
        return PickProjects(self._runtime.connections, self._jira_sites, self._runtime.now)

    @cached_property
    def shown(self) -> ShowSynchronizers:
        kept = self._kept
        return ShowSynchronizers(self._runtime.connections, kept.synchronizers, kept.links, kept.runs)

    @cached_property
    def managed(self) -> ManageSynchronizers:
        runtime = self._runtime
        return ManageSynchronizers(
            connections=runtime.connections,
            synchronizers=self._kept.synchronizers,
            checker=CheckSettings(runtime.confluence, self._site_readers, self._jira_sites),
            runs=self._kept.start,
            ender=self._kept.end,
            now=runtime.now,
            new_id=runtime.new_id,
        )

    @cached_property
    def trigger(self) -> TriggerSynchronizer:
        return TriggerSynchronizer(self._runtime.connections, self._kept.synchronizers, self._kept.start)

    @cached_property
    def idempotency(self) -> PowertoolsIdempotency:
        return PowertoolsIdempotency(self._runtime.dynamodb, self._runtime.settings.state_table)

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def selection(self) -> SelectPages:
        return SelectPages(
            synchronizers=self._kept.synchronizers,
            links=self._kept.links,
            actors=self._actors,
            sites=self._site_readers,
            jira_sites=self._jira_sites,
            runs=self._kept.start,
            trail=self._trail,
            now=self._runtime.now,
            new_marker=self._runtime.new_secret,
        )

    @cached_property
    def issues(self) -> ShowIssue:
        return ShowIssue(self._found)

    @cached_property
    def acting(self) -> ActOnIssue:
        return ActOnIssue(self._found, self._trail)

    @cached_property
    def acts(self) -> ListActs:
        return ListActs(self._kept.synchronizers, self._kept.acts)

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _jira_sites(self) -> JiraSitesOverHttp:
        return JiraSitesOverHttp(self._runtime.atlassian_http, self._runtime.tokens)

    @cached_property
    def _site_readers(self) -> SiteReadersOverHttp:
        return SiteReadersOverHttp(self._runtime.atlassian_http, self._runtime.tokens)

    @cached_property
    def _actors(self) -> ChooseActor:
        runtime = self._runtime
        rights = PageRightsOverHttp(runtime.atlassian_http, runtime.tokens)
        return ChooseActor(runtime.connections, self._jira_sites, rights, runtime.now)

    @cached_property
    def _found(self) -> FindIssue:
        return FindIssue(self._kept.synchronizers, self._kept.links, self._actors, self._site_readers)

    @cached_property
    def _trail(self) -> ActTrail:
        return ActTrail(self._kept.acts, self._runtime.now, self._runtime.new_id)
