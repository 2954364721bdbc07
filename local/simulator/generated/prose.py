"""Bodies of generated pages in storage format: constructs real pages are made of, 0.5 to 8 KB, each page its own."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from random import Random

SMALLEST, LARGEST = 600, 7_200
POOL = 160

THINGS = ("carrier feed", "price list", "night job", "login page", "stock report", "billing run", "search index")
DEEDS = ("was moved to the new cluster", "fails when the disk is full", "needs two approvals", "is read-only now")
TIMES = ("since Tuesday", "every morning at six", "until the audit is over", "after each release", "for now")
TOPICS = ("Retries", "Capacity", "Access", "Rollback", "Invoices", "Alerts", "Naming", "Handover", "Testing", "Costs")
SYSTEMS = ("Atlas", "Beacon", "Cedar", "Delta", "Ember", "Falcon", "Garnet", "Harbour", "Indigo", "Juniper", "Krypton")
KINDS = ("Runbook", "Decision", "Guide", "Review", "Notes", "Plan", "Report", "Checklist", "Interview", "Postmortem")
PANELS = ("info", "note", "tip", "warning")


@dataclass(frozen=True, slots=True)
class Page:
    """What a body is written about. `neighbour` is the title linked to, `picture` a file of the page, if it has one."""

    number: int
    title: str
    neighbour: str
    picture: str | None
    mentioned: str


class Prose:
    """Writes bodies. Most of a body is taken from a pool of blocks, so that writing one costs microseconds."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        random = Random(seed)  # noqa: S311 - made-up text, the same at every start
        makers: tuple[Callable[[Random], str], ...] = (_paragraph, _paragraph, _list, _table, _code, _panel, _tasks)
        self._pool = [makers[number % len(makers)](random) for number in range(POOL)]

    def title(self, page: int) -> str:
        """A title no other generated page has."""
        system, topic = SYSTEMS[page % len(SYSTEMS)], TOPICS[page // len(SYSTEMS) % len(TOPICS)]
        kind = KINDS[page // (len(SYSTEMS) * len(TOPICS)) % len(KINDS)]
        return f"{kind}: {topic} of {system} {page + 1}"

    def body(self, page: Page, version: int) -> str:
        """The storage format of one version."""
        random = Random(self._seed * 1_000_003 + page.number)  # noqa: S311 - as above
        wanted = int(SMALLEST * (LARGEST / SMALLEST) ** random.random())
        parts = [_opening(page, version)]
        size = len(parts[0])
        while size < wanted:
            block = self._pool[int(random.random() * POOL)]
            heading = f"<h2>{TOPICS[len(parts) % len(TOPICS)]}, part {len(parts)}</h2>" if len(parts) % 3 == 0 else ""
            parts.append(heading + block)
            size += len(heading) + len(block)
        return "".join(parts)


def _opening(page: Page, version: int) -> str:
    """What names this page and no other: its title, its link, its picture, the version."""
    link = (
        f'<ac:link><ri:page ri:content-title="{escape(page.neighbour)}" />'
        "<ac:link-body>the page next door</ac:link-body></ac:link>"
    )
    picture = (
        f'<ac:image ac:align="center" ac:width="600"><ri:attachment ri:filename="{page.picture}" /></ac:image>'
        if page.picture
        else ""
    )
    mention = f'<ac:link><ri:user ri:account-id="{page.mentioned}" /></ac:link>'
    return (
        f"<h1>{escape(page.title)}</h1><p>Page {page.number}, version {version}. See {link} and "
        f'<a href="https://example.com/tickets/{page.number}">ticket {page.number}</a>; ask {mention}.</p>{picture}'
    )


def _sentence(random: Random) -> str:
    return f"The {random.choice(THINGS)} {random.choice(DEEDS)} {random.choice(TIMES)}."


def _paragraph(random: Random) -> str:
    first, *others = (_sentence(random) for _ in range(random.randint(2, 6)))
    return f"<p><strong>{first}</strong> {' '.join(others)} Limits are <code>{random.randint(2, 900)} MB</code>.</p>"


def _list(random: Random) -> str:
    tag = random.choice(("ul", "ol"))
    items = "".join(f"<li><p>{_sentence(random)}</p></li>" for _ in range(random.randint(2, 6)))
    return f"<{tag}>{items}</{tag}>"


def _table(random: Random) -> str:
    rows = "".join(
        f"<tr><td><p>{random.choice(THINGS)}</p></td><td><p>{random.randint(1, 999)}</p></td>"
        f"<td><p>{random.choice(TIMES)}</p></td></tr>"
        for _ in range(random.randint(2, 7))
    )
    head = "<tr><th><p>What</p></th><th><p>How many</p></th><th><p>When</p></th></tr>"
    return f'<table data-layout="default"><colgroup><col /><col /><col /></colgroup><tbody>{head}{rows}</tbody></table>'


def _code(random: Random) -> str:
    lines = "\n".join(
        f"{random.choice(('restart', 'drain', 'check'))} --node {random.randint(1, 40)} && echo '<done>'"
        for _ in range(random.randint(1, 6))
    )
    return (
        '<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:parameter ac:name="language">bash</ac:parameter>'
        f"<ac:plain-text-body><![CDATA[{lines}]]></ac:plain-text-body></ac:structured-macro>"
    )


def _panel(random: Random) -> str:
    return (
        f'<ac:structured-macro ac:name="{random.choice(PANELS)}" ac:schema-version="1">'
        f"<ac:rich-text-body><p>{_sentence(random)}</p></ac:rich-text-body></ac:structured-macro>"
    )


def _tasks(random: Random) -> str:
    tasks = "".join(
        f"<ac:task><ac:task-id>{number}</ac:task-id><ac:task-status>{random.choice(('complete', 'incomplete'))}"
        f"</ac:task-status><ac:task-body>{_sentence(random)}</ac:task-body></ac:task>"
        for number in range(1, random.randint(2, 4))
    )
    return f"<ac:task-list>{tasks}</ac:task-list>"
