"""The sample site acme: a product team's shop, the people on call, and the writing guide that holds every element."""

from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.sample.blocks import Heading, Para
from local.simulator.sample.builder import SiteBuilder, Written
from local.simulator.sample.engineering import engineering, incidents
from local.simulator.sample.guide import add_guide
from local.simulator.sample.product import shop
from local.simulator.sites import Site

FIRST_ID = 524_288_000


def acme() -> Site:
    """A fresh copy."""
    site = Site(ACME, "acme", "https://acme.atlassian.net")
    builder = SiteBuilder(site, FIRST_ID)
    product = builder.space("SHOP", "Web shop", "global", "What we build and why", shop())
    post = builder.blog_post(
        product,
        Written(
            "A year of saved carts",
            [Heading(2, "What we learned"), Para("People forgive slow. They do not forgive lost.")],
            ["retrospective"],
        ),
    )
    builder.attachment(post, "carts.csv", "text/csv", b"month,carts\n1,120\n", "The numbers behind it")
    platform = builder.space("ENG", "Platform engineering", "knowledge_base", "Runbooks and how-tos", engineering())
    builder.folder(platform, "Past incidents", platform.homepage_id, 2, incidents())
    add_guide(builder)
    alice = ACCOUNTS["alice"]
    personal = builder.space(
        f"~{alice.account_id.replace(':', '')}",
        alice.display_name,
        "personal",
        "",
        Written("Overview", [Para("Notes to myself.")], children=[Written("Reading list", [Para("Mostly novels.")])]),
    )
    personal.author_id = alice.account_id
    old = builder.space("OLD", "Old intranet", "global", "Closed in 2024", Written("Old intranet", [Para("Closed.")]))
    old.status = "archived"
    return site
