"""The stages of a synchronizer's run by their names, over its stores."""

from collections.abc import Mapping

from confluence_connector.domain.synchronizer_runs import SynchronizerStage
from confluence_connector.ports import Clock, NewSecret
from confluence_connector.ports.synchronizing import PageLinks, Synchronizers
from confluence_connector.services.synchronizing.check_before_run import CheckBeforeRun
from confluence_connector.services.synchronizing.check_links import CheckLinks
from confluence_connector.services.synchronizing.create_issue import CreateIssue
from confluence_connector.services.synchronizing.settle_creates import SettleCreates
from confluence_connector.services.synchronizing.synchronizer_turn import SynchronizerStep
from confluence_connector.services.synchronizing.take_in_pages import TakeInPages
from confluence_connector.services.synchronizing.write_title import WriteTitle


def synchronizer_stages(
    synchronizers: Synchronizers, links: PageLinks, now: Clock, new_marker: NewSecret
) -> Mapping[SynchronizerStage, SynchronizerStep]:
    titles = WriteTitle(links)
    creates = CreateIssue(links, titles, now, new_marker)
    rights = CheckBeforeRun(synchronizers)
    checks = CheckLinks(links, rights, titles, creates, now)
    pages = TakeInPages(links, checks, creates)
    return {
        "check": rights,
        "links": checks,
        "scope": pages,
        "recent": pages,
        "settle": SettleCreates(links, titles, creates, now),
    }
