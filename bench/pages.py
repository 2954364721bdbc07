"""Storage-format pages of a wanted size, in the mix that product and engineering wikis hold. Deterministic.

Every element carries a number of its own, so that what a converter kept can be counted in its output.
"""

import random
from dataclasses import dataclass, field
from html import escape

_WORDS = [
    "service",
    "release",
    "pipeline",
    "token",
    "review",
    "schedule",
    "region",
    "quota",
    "owner",
    "budget",
    "metric",
    "latency",
    "customer",
    "import",
    "export",
    "page",
    "template",
    "approval",
    "backup",
    "restore",
    "policy",
    "cluster",
    "account",
    "request",
    "answer",
    "window",
    "draft",
    "version",
    "change",
    "branch",
    "alarm",
]
_OTHER = (
    "Überprüfung",
    "déploiement",
    "проверка",
    "配置",
    "권한",
    "naïve",
    "“quoted”",
    "50 %",
    "R&D",
    "a < b",
    "snake_case",
    "C++",
)


@dataclass
class GeneratedPage:
    """A page and what is in it."""

    body: str
    links: list[str] = field(default_factory=list)
    page_links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class _Writer:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.page = GeneratedPage("")
        self.number = 0

    def mark(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def words(self, count: int) -> str:
        chosen = (self.rng.choice(_WORDS if self.rng.random() < 0.94 else _OTHER) for _ in range(count))
        return escape(" ".join(chosen), quote=False)

    def text(self, count: int) -> str:
        marker = self.mark("word")
        self.page.words.append(marker)
        return f"{self.words(count)} {marker}"

    def line(self) -> str:
        """A sentence with the inline elements that a sentence has."""
        parts = [self.text(self.rng.randrange(6, 18))]
        roll = self.rng.random()
        if roll < 0.18:
            parts.append(f"<strong>{self.text(2)}</strong>")
        elif roll < 0.28:
            parts.append(f"<code>{self.words(2)}</code>")
        elif roll < 0.36:
            name = self.mark("link")
            self.page.links.append(f"https://example.org/{name}")
            parts.append(f'<a href="https://example.org/{name}">{self.words(2)}</a>')
        elif roll < 0.42:
            title = self.mark("title")
            self.page.page_links.append(title)
            parts.append(f'<ac:link><ri:page ri:content-title="{title}" ri:version-at-save="3" /></ac:link>')
        elif roll < 0.46:
            parts.append('<ac:link><ri:user ri:account-id="557058:0f1e2d3c" /></ac:link>')
        parts.append(self.text(self.rng.randrange(2, 8)))
        return " ".join(parts)

    def paragraph(self) -> str:
        return f"<p>{self.line()}</p>"

    def listing(self) -> str:
        name = self.rng.choice(("ul", "ul", "ol"))
        items = []
        for _ in range(self.rng.randrange(3, 7)):
            inner = ""
            if self.rng.random() < 0.25:
                inner = "<ul>" + "".join(f"<li><p>{self.line()}</p></li>" for _ in range(2)) + "</ul>"
            items.append(f"<li><p>{self.line()}</p>{inner}</li>")
        start = ' start="1"' if name == "ol" else ""
        return f"<{name}{start}>{''.join(items)}</{name}>"

    def table(self) -> str:
        columns = self.rng.randrange(2, 5)
        rows = ["".join(f"<th><p><strong>{self.words(1)}</strong></p></th>" for _ in range(columns))]
        for _ in range(self.rng.randrange(3, 9)):
            cells = tuple(self.mark("cell") for _ in range(columns))
            self.page.rows.append(cells)
            rows.append("".join(f"<td><p>{self.words(3)} {cell}</p></td>" for cell in cells))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        return f'<table data-layout="default" ac:local-id="c53b8e8a"><colgroup><col /></colgroup><tbody>{body}</tbody></table>'  # noqa: E501

    def code(self) -> str:
        name = self.mark("code")
        self.page.code.append(name)
        lines = "\n".join(
            f"def {name}_{n}(value: int) -> bool:\n    return value < {n} and *args"
            for n in range(self.rng.randrange(2, 8))
        )
        return (
            '<ac:structured-macro ac:name="code" ac:schema-version="1" ac:macro-id="7bd5e77e-1eef">'
            '<ac:parameter ac:name="language">python</ac:parameter>'
            f"<ac:plain-text-body><![CDATA[{lines}]]></ac:plain-text-body></ac:structured-macro>"
        )

    def image(self) -> str:
        name = self.mark("image") + ".png"
        self.page.images.append(name)
        return (
            '<ac:image ac:align="center" ac:layout="center" ac:original-height="952" ac:original-width="908" ac:width="760">'  # noqa: E501
            f'<ri:attachment ri:filename="{name}" ri:version-at-save="1" /><ac:caption><p>{self.words(4)}</p></ac:caption></ac:image>'  # noqa: E501
        )

    def panel(self) -> str:
        name = self.rng.choice(("info", "note", "tip", "warning"))
        body = f"<ac:rich-text-body>{self.paragraph()}</ac:rich-text-body>"
        return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{body}</ac:structured-macro>'

    def tasks(self) -> str:
        items = []
        for number in range(3):
            marker = self.mark("task")
            self.page.tasks.append(marker)
            state = "complete" if number % 2 else "incomplete"
            items.append(
                f"<ac:task><ac:task-id>{number}</ac:task-id><ac:task-status>{state}</ac:task-status>"
                f"<ac:task-body>{marker} {self.words(5)}</ac:task-body></ac:task>"
            )
        return f"<ac:task-list>{''.join(items)}</ac:task-list>"


def page_of(size_bytes: int, seed: int = 7) -> GeneratedPage:
    """A page of about that many bytes of UTF-8, made of whole sections."""
    writer = _Writer(seed)
    kinds = (
        [writer.paragraph] * 9
        + [writer.listing] * 6
        + [writer.table] * 2
        + [writer.code] * 2
        + [writer.image, writer.panel, writer.tasks]
    )
    parts: list[str] = []
    written = 0
    while written < size_bytes:
        section = f"<h2>{writer.text(3)}</h2>" + "".join(writer.rng.choice(kinds)() for _ in range(5))
        parts.append(section)
        written += len(section.encode())
    writer.page.body = "".join(parts)
    return writer.page
