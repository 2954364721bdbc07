"""Space GUIDE: how pages are written here, with one page for everything Confluence can put on a page."""

import struct
import zlib
from functools import cache
from pathlib import Path

from local.simulator.accounts import ACCOUNTS
from local.simulator.sample.blocks import Block, Bullets, Heading, Para
from local.simulator.sample.builder import SiteBuilder, Written
from local.simulator.sample.nodes import every_node
from local.simulator.sites import Content, Space

BODIES = Path(__file__).parent / "bodies"
LONG_ENTRIES = 2_000
FILES = (
    ("architecture.png", "image/png"),
    ("order-flow.png", "image/png"),
    ("price-list.pdf", "application/pdf"),
    ("letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("numbers.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("deck.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("Prüfbericht 2026 (endgültig).csv", "text/csv"),
)


def _body(name: str) -> str:
    return (BODIES / name).read_text(encoding="utf-8").replace("\n<", "<").strip()


def _long_page() -> Written:
    """More than 400 KB: beyond what one DynamoDB item holds."""
    blocks: list[Block] = [
        Heading(1, "The whole inventory"),
        Para("Every shelf we have, in the order one walks past them."),
    ]
    for number in range(1, LONG_ENTRIES + 1):
        aisle, shelf = divmod(number, 40)
        blocks.append(Heading(3, f"Aisle {aisle + 1}, shelf {shelf + 1}"))
        blocks.append(
            Para(
                f"Shelf {number} has {7 * number % 90 + 5} boxes. Counted on a {('Tuesday', 'Friday')[number % 2]}; "
                f"the scanner and the eye differed by {number % 4}. The boxes on the top row want two people, the ones "
                "below want a scanner with a long arm, and nobody wants the lowest row."
            )
        )
    return Written("The whole inventory", blocks, ["inventory"])


@cache
def _pages() -> list[Written]:
    return [
        Written("All the macros", raw=_body("macros.xml"), labels=["macros", "reference"]),
        Written("All the elements", raw=_body("elements.xml"), labels=["reference"]),
        Written(
            "All the nodes",
            raw="<p>This page is at its best in the newer format.</p>",
            nodes=every_node(ACCOUNTS["alice"].account_id),
            labels=["reference"],
        ),
        _long_page(),
        Written("“Quotes”, <angles> & ampersands: 100 % of them", [Para("Titles may hold anything.")]),
        Written("Überschriften groß und klein — ÄÖÜ ß", [Para("Straße, STRASSE, strasse.")]),
        Written("日本語のページ 🗻", [Para("検索とタイトルの試験。")]),
        Written("İstanbul’daki mağaza", [Para("Büyük İ, küçük ı.")]),
        Written("صفحة عربية", [Para("النص من اليمين إلى اليسار.")]),
        Written("Salary bands", [Para("Between 1 and 9. For Alice only.")], ["restricted"]),
        Written("Below the salary bands", [Para("Open by itself, hidden by what is above it.")]),
        Written("Style guide of 2019", [Para("Kept for the curious. The new one is the homepage.")], ["old"]),
        Written("Draft of a bad idea", [Para("Thrown away, and rightly so.")]),
        Written("An empty page", raw=""),
    ]


def add_guide(builder: SiteBuilder) -> Space:
    """The space, its files, and its archived, trashed and restricted pages."""
    home = Written(
        "Writing here",
        [
            Heading(1, "Writing here"),
            Para("Say it once, in the right place."),
            Bullets(["Short titles", "One thought a page"]),
        ],
        children=_pages(),
    )
    space = builder.space("GUIDE", "How we write", "collaboration", "Templates and rules for pages", home)
    titles = {each.title: each for each in builder.site.content.values() if each.space_id == space.id}
    for title in ("All the macros", "All the elements", "All the nodes"):
        _add_files(builder, titles[title])
    titles["Style guide of 2019"].status = "archived"
    titles["Draft of a bad idea"].status = "trashed"
    titles["Salary bands"].readers = frozenset({ACCOUNTS["alice"].account_id})
    builder.site.place(titles["Below the salary bands"], titles["Salary bands"].id)
    return space


def _add_files(builder: SiteBuilder, page: Content) -> None:
    bodies = {"image/png": _png(), "application/pdf": b"%PDF-1.4\n%%EOF\n", "text/csv": b"Regal;Kisten\n1;12\n"}
    filled = {"{{page}}": page.id, "{{posting-day}}": f"{_post(builder).created_at:%Y/%m/%d}"}
    filled |= {f"{{{{user:{name}}}}}": account.account_id for name, account in ACCOUNTS.items()}
    for filename, media_type in FILES:
        made = builder.attachment(page, filename, media_type, bodies.get(media_type, b"PK\x05\x06" + bytes(18)))
        filled[f"{{{{file:{filename}}}}}"] = made.file_id
    version = page.version
    for placeholder, value in filled.items():
        version.storage = (version.storage or "").replace(placeholder, value)
        version.adf = version.adf and version.adf.replace(placeholder, value)


def _post(builder: SiteBuilder) -> Content:
    return next(content for content in builder.site.content.values() if content.type == "blogpost")


def _png() -> bytes:
    """A picture of one grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")
