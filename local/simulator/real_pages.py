"""Real page bodies from a folder, as space REAL on acme (`SIMULATOR_PAGES`)."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

from local.simulator.accounts import ACCOUNTS
from local.simulator.sites import Content, Site, Space, Version

KEY, SPACE_ID = "REAL", "998244353"
WHEN = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
CANONICAL_ID = re.compile(r"[1-9]\d{0,17}")


class NoPages(ValueError):
    """The folder holds no page."""


def add_real_pages(site: Site, folder: Path) -> int:
    """One page per `<folder>/<page id>/page.xhtml`, with `.adf` if there; how many. Raises NoPages.

    The first page is the space's home page, with the others below it. A folder whose name is not an id lends the page
    its name as title, and a stable id. A real page wins over a page of the sample that happens to have its id.
    """
    bodies = sorted(path for path in folder.glob("*/page.xhtml") if path.is_file())
    if not bodies:
        raise NoPages(f"{folder}: no <page id>/page.xhtml in there")
    author = ACCOUNTS["ada"].account_id
    space = Space(SPACE_ID, KEY, "Real pages", "global", author, WHEN, "Pages from SIMULATOR_PAGES")
    site.spaces[space.id] = space
    taken = {path.parent.name for path in bodies if CANONICAL_ID.fullmatch(path.parent.name)}
    for position, path in enumerate(bodies):
        name = path.parent.name
        is_id = CANONICAL_ID.fullmatch(name) is not None
        page_id = name if is_id else _stable_id(name, taken)
        taken.add(page_id)
        nodes = path.with_suffix(".adf")
        adf = nodes.read_text(encoding="utf-8") if nodes.is_file() else None
        title = f"Page {name}" if is_id else name
        version = Version(1, WHEN, author, title, storage=path.read_text(encoding="utf-8"), adf=adf)
        if page_id in site.content:
            site.purge(page_id)
        site.add(Content(page_id, "page", space.id, space.homepage_id or None, position, author, WHEN, [version]))
        space.homepage_id = space.homepage_id or page_id
    return len(bodies)


def _stable_id(name: str, taken: set[str]) -> str:
    """From the name alone; the next free one should two names meet."""
    number = 700_000_000 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    while str(number) in taken:
        number += 1
    return str(number)
