"""Any tree of storage elements comes back from our Markdown with the same text: parsed by an independent renderer."""

import re
from html import escape

from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from confluence_connector.content import to_html, to_markdown

RENDERER = MarkdownIt("commonmark", {"html": True, "maxNesting": 60}).enable(["table", "strikethrough"])
OURS = re.compile(r"</?(?:table|tr|th|td|details|summary|br|u|sub|sup|strong|em|del)(?: (?:colspan|rowspan)=\"\d+\")*>")

# Everything that Markdown gives a meaning to, next to ordinary text, other scripts and emoji.
ALPHABET = "ab1 \n*_`~[]()<>#+-=|!\\&;:.$\"'/@{}^é한글中ß🙂"
text = st.text(alphabet=ALPHABET, min_size=1, max_size=14)
words = st.sampled_from(
    ["plain", "---", "# h", "1. x", "- y", "> z", "```", "~~~", "a|b", "**b**", "[x]: y", "&lt;", "</td>", "2)"]
)
leaf = st.one_of(text, words).map(escape)


def element(name, content):
    return f"<{name}>{content}</{name}>"


def joined(strategy, most=3):
    return st.lists(strategy, min_size=1, max_size=most).map("".join)


inline = st.recursive(
    leaf,
    lambda inner: st.one_of(
        *(joined(inner).map(lambda c, n=n: element(n, c)) for n in ("strong", "em", "u", "del", "sub", "span")),
        st.tuples(leaf, st.just("<br/>"), leaf).map("".join),
    ),
    max_leaves=5,
)
code_span = leaf.map(lambda c: element("code", c))
# A link without any text shows its address, which is no text of the page.
link = joined(leaf).filter(str.strip).map(lambda c: f'<a href="https://example.org/x">{c}</a>')
line = joined(st.one_of(inline, inline, code_span, link), 4)
paragraph = line.map(lambda c: element("p", c))
fence = text.filter(lambda c: "]]>" not in c).map(
    lambda c: (
        '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA['
        + c
        + "]]></ac:plain-text-body></ac:structured-macro>"
    )
)


def containers(inner):
    blocks = joined(inner)
    items = st.lists(blocks.map(lambda c: element("li", c)), min_size=1, max_size=3).map("".join)
    cells = st.lists(blocks.map(lambda c: element("td", c)), min_size=1, max_size=3).map("".join)
    rows = st.lists(cells.map(lambda c: element("tr", c)), min_size=1, max_size=3).map("".join)
    return st.one_of(
        items.map(lambda c: element("ul", c)),
        items.map(lambda c: element("ol", c)),
        blocks.map(lambda c: element("blockquote", c)),
        rows.map(lambda c: element("table", element("tbody", c))),
        blocks.map(
            lambda c: (
                f'<ac:structured-macro ac:name="expand"><ac:rich-text-body>{c}</ac:rich-text-body></ac:structured-macro>'  # noqa: E501
            )
        ),
        blocks.map(lambda c: element("div", c)),
    )


heading = line.map(lambda c: element("h2", c.replace("<br/>", " ")))
block = st.recursive(st.one_of(paragraph, paragraph, line, heading, fence), containers, max_leaves=6)
document = joined(block, 4)


def squashed(value: str) -> str:
    return re.sub(r"\s+", "", value)


def source_text(body: str) -> str:
    """The text of a storage body, by another parser than ours."""
    soup = BeautifulSoup(f"<page>{body}</page>", "xml")
    for details in soup.find_all("structured-macro"):
        if details.get("ac:name") == "expand" or details.get("name") == "expand":
            details.insert(0, "Details")
    return squashed(soup.get_text())


def rendered_text(markdown: str) -> str:
    return squashed(BeautifulSoup(RENDERER.render(markdown), "lxml").get_text())


SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@SETTINGS
@given(document)
def test_E5_text_stays_text_in_any_tree(body):
    result = to_markdown(body)
    assert not result.degraded
    assert rendered_text(result.markdown) == source_text(body)


@SETTINGS
@given(document)
def test_E4_no_tag_but_ours_leaves_the_converter(body):
    markdown = to_markdown(body).markdown
    outside = BeautifulSoup(RENDERER.render(markdown), "lxml")
    allowed = {
        "html",
        "body",
        "p",
        "ul",
        "ol",
        "li",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "h2",
        "code",
    }
    allowed |= {"pre", "strong", "em", "s", "u", "sub", "sup", "del", "br", "hr", "a", "details", "summary"}
    assert {tag.name for tag in outside.find_all(True)} <= allowed
    for raw in re.findall(r"<[^>]*>", RENDERER_TEXT(markdown)):
        assert OURS.fullmatch(raw), raw


def RENDERER_TEXT(markdown: str) -> str:
    pieces = []
    for token in RENDERER.parse(markdown):
        if token.type == "html_block":
            pieces.append(token.content)
        pieces.extend(child.content for child in token.children or () if child.type == "html_inline")
    return re.sub(r"<summary>.*?</summary>", "", "".join(pieces))


@SETTINGS
@given(document)
def test_E14_same_input_same_bytes(body):
    assert to_markdown(body) == to_markdown(body)


@SETTINGS
@given(document)
def test_every_list_item_and_cell_is_still_one(body):
    soup = BeautifulSoup(RENDERER.render(to_markdown(body).markdown), "lxml")
    source = BeautifulSoup(f"<page>{body}</page>", "xml")
    assert len(soup.find_all("li")) == len(source.find_all("li"))
    assert len(soup.find_all("pre")) == len(
        source.find_all("structured-macro", attrs={"ac:name": "code"}) or source.find_all("plain-text-body")
    )
    assert len(soup.find_all("blockquote")) == len(source.find_all("blockquote"))


@SETTINGS
@given(st.text(max_size=60))
def test_any_text_survives_as_a_paragraph(value):
    clean = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", value)
    result = to_markdown(f"<p>{escape(clean)}</p>")
    hidden = sum(loss.count for loss in result.losses if loss.kind == "hidden")
    shown = rendered_text(result.markdown)
    assert len(squashed(clean)) - len(shown) <= hidden


@SETTINGS
@given(document)
def test_html_of_any_tree_is_inert(body):
    soup = BeautifulSoup(to_html(to_markdown(body).markdown), "lxml")
    assert not soup.find_all(["script", "style", "iframe", "form", "object"])
    assert all(not name.startswith("on") for tag in soup.find_all(True) for name in tag.attrs)
