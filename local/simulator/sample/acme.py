"""The sample site acme."""

from local.simulator.accounts import ACME
from local.simulator.sample.blocks import Bullets, Heading, Para
from local.simulator.sample.builder import SiteBuilder, Written
from local.simulator.sites import Site

FIRST_ID = 524_288_000


def acme() -> Site:
    """A fresh copy."""
    site = Site(ACME, "acme", "https://acme.atlassian.net")
    builder = SiteBuilder(site, FIRST_ID)
    builder.space(
        "SHOP",
        "Web shop",
        "global",
        "Everything about the shop",
        Written(
            "Web shop",
            [Para("Start here.")],
            children=[
                Written(
                    "PRD: Saved carts",
                    [Heading(1, "Saved carts"), Para("People come back."), Bullets(["Carts last 30 days"])],
                    ["prd"],
                ),
                Written("TRD: Saved carts", [Heading(1, "Saved carts, technically"), Para("One table.")], ["trd"]),
            ],
        ),
    )
    return site
