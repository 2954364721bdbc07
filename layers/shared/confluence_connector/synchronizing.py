"""The composition root's part for synchronizers to Jira. Apart from `runtime`, so that nothing else pays for it."""

from functools import cached_property
from typing import TYPE_CHECKING

from confluence_connector.adapters.dynamodb.page_acts import DynamoPageActs
from confluence_connector.adapters.dynamodb.page_links import DynamoPageLinks
from confluence_connector.adapters.dynamodb.synchronizer_runs import DynamoSynchronizerRuns
from confluence_connector.adapters.dynamodb.synchronizers import DynamoSynchronizers

if TYPE_CHECKING:
    from confluence_connector.runtime import Runtime


class Synchronizing:
    """The use-cases of synchronizers, wired. Each is made when first asked for."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime = runtime

    # ── stores ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def synchronizers(self) -> DynamoSynchronizers:
        runtime = self._runtime
        table = runtime.settings.state_table
        return DynamoSynchronizers(runtime.dynamodb, table, runtime.now, runtime.new_secret, runtime.telemetry)

    @cached_property
    def links(self) -> DynamoPageLinks:
        runtime = self._runtime
        return DynamoPageLinks(runtime.dynamodb, runtime.settings.state_table, runtime.new_secret, runtime.sleep)

    @cached_property
    def runs(self) -> DynamoSynchronizerRuns:
        runtime = self._runtime
        return DynamoSynchronizerRuns(runtime.dynamodb, runtime.settings.state_table, runtime.now, runtime.new_secret)

    @cached_property
    def acts(self) -> DynamoPageActs:
        runtime = self._runtime
        return DynamoPageActs(runtime.dynamodb, runtime.settings.state_table, runtime.now)
