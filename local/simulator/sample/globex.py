"""The sample site globex: small, and with page ids that acme uses too, since ids are unique within one site only."""

from local.simulator.accounts import GLOBEX
from local.simulator.sample.blocks import Bullets, Heading, Para, Table
from local.simulator.sample.builder import SiteBuilder, Written
from local.simulator.sites import Site

FIRST_ID = 524_288_000


def globex() -> Site:
    """A fresh copy."""
    site = Site(GLOBEX, "globex", "https://globex.atlassian.net")
    SiteBuilder(site, FIRST_ID).space(
        "OPS",
        "Operations",
        "global",
        "How Globex keeps its warehouses open",
        Written("Operations", [Para("Opening hours, contacts and the rota.")], children=_pages()),
    )
    return site


def _pages() -> list[Written]:
    rota = Table(["Week", "On duty", "Stand-in"], [["32", "Alice", "Ada"], ["33", "Ada", "Alice"]])
    return [
        Written("Rota", [Heading(2, "August"), rota], ["rota"]),
        Written(
            "Warehouse contacts",
            [Para("Ring the gate first."), Bullets(["Gate: 4711", "Cold store: 4712"])],
        ),
    ]
