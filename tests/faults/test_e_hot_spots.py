"""E12: where an expression could begin anew at every character, or a page make two of them look at the same text again.

What runs inside the engine of regular expressions no tracer sees, so that it cannot be counted. What is wrong here
takes many minutes, what is right a second: a child is given one minute, which is no measure but the end of a hang.
"""

import subprocess
import sys
from pathlib import Path

import pytest

LAYER = Path(__file__).parents[2] / "layers" / "shared"
SECONDS_AT_MOST = 60
CHARACTERS = 300_000
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from confluence_connector.content import to_html, to_markdown
from confluence_connector.content.writing.sections import sections
from confluence_connector.errors import StorageMalformed
before, piece, after = sys.argv[3:]
body = before + piece * (int(sys.argv[2]) // len(piece)) + after
to_html(to_markdown(body).markdown[:100_000])
try:
    sections(body)
except StorageMalformed:
    pass
"""

STYLES = ("a", "a:", ";", "/*", "\\\\", "color:rgb(", "background:a(")
PAGES = [
    *(('<h1 style="', piece, '">x</h1>') for piece in STYLES),
    ("<p>not</b> well-formed <", "a", ""),
    ("<p>not</b> well-formed", "<a ", ""),
    ("<p>not</b> well-formed", "<a:", ""),
    ("<p><strong>,a", "<br/>", "a,</strong></p>"),
    ("<p>a", "<br/>", "a</p>"),
    ("<p>a", "<br/>", "</p>"),
    ("<p>", "<em> </em>", "</p>"),
    ("<p>", "<code>`</code>", "</p>"),
    ("<p>", "<code>`a`</code>", "</p>"),
    ("<p>", "<code>a</code>", "</p>"),
    ("<p>", "<strong>,</strong>", "</p>"),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page[0] + page[1])
def test_E12_any_number_of_one_piece_is_read_in_time(page: tuple[str, str, str]) -> None:
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(LAYER), str(CHARACTERS), *page], check=True, timeout=SECONDS_AT_MOST
    )
