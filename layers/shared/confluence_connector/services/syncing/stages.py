"""The stages of a sync run by their names, over one corpus's stores."""

from collections.abc import Mapping

from confluence_connector.domain.runs import Stage as StageName
from confluence_connector.ports import Clock, Telemetry
from confluence_connector.ports.corpus import CorpusIndex, CorpusObjects
from confluence_connector.services.syncing.ask_owed import AskOwed
from confluence_connector.services.syncing.compare_details import CompareDetails
from confluence_connector.services.syncing.correct_names import CorrectNames
from confluence_connector.services.syncing.list_spaces import ListSpaces
from confluence_connector.services.syncing.name_authors import KnownNames, NameAuthors
from confluence_connector.services.syncing.probe_site import ProbeSite
from confluence_connector.services.syncing.rewrite_pages import RewritePages
from confluence_connector.services.syncing.sync_pages import SyncPages
from confluence_connector.services.syncing.sync_turn import Stage
from confluence_connector.services.syncing.walk_site import WalkSite
from confluence_connector.services.syncing.weigh_evidence import WeighEvidence
from confluence_connector.services.syncing.write_corpus import WriteCorpus


def stages_of(
    index: CorpusIndex, objects: CorpusObjects, telemetry: Telemetry, now: Clock
) -> Mapping[StageName, Stage]:
    corpus, authors = WriteCorpus(index, objects, now), NameAuthors(index)
    pages = SyncPages(index, authors, corpus, telemetry)
    details = RewritePages(objects, authors, corpus)
    return {
        "probe": ProbeSite(pages),
        "spaces": ListSpaces(),
        "walk": WalkSite(index, pages),
        "evidence": WeighEvidence(index, pages),
        "details": CompareDetails(index, details),
        "owed": AskOwed(index, details),
        "names": CorrectNames(index, RewritePages(objects, KnownNames(index), corpus)),
    }
