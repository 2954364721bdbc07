"""Any document that our converter writes survives a whole-page write, and any Markdown keeps its meaning."""

import re

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from confluence_connector.content import to_markdown
from confluence_connector.content.writing import to_storage
from confluence_connector.errors import MarkdownTooDeep
from tests.unit.test_content_properties import RENDERER, SETTINGS, document, rendered_text, squashed

KEPT = ("h1", "h2", "h3", "ul", "ol", "li", "table", "tr", "td", "pre", "code", "blockquote", "strong", "em", "hr", "a")

word = st.sampled_from(["plain", "한글", "a & b", "x < y", "1 * 2", "snake_case_name", "C#", "50%", "[x]", "a|b", "::"])
line = st.lists(
    st.one_of(
        word.map(lambda text: re.sub(r"([\\`*_\[\]<>|~#&])", r"\\\1", text)),
        word.map(lambda text: f"**{text.replace('|', '').strip('*<>[]_# ')}**"),
        st.sampled_from(["*em*", "~~gone~~", "`co<de>`", "[link](https://example.org/?a=1&b=2)", "[page](#a%20b)"]),
        st.sampled_from(["H<sub>2</sub>O", "<u>under</u>", "line\\\nbreak", "line\nend"]),
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
flat = line.map(lambda text: text.replace("\\\n", " ").replace("\n", " "))


def indented(text: str, marker: str) -> str:
    lines = text.split("\n")
    return "\n".join([marker + lines[0], *(f"{' ' * len(marker)}{each}".rstrip() for each in lines[1:])])


def quoted(text: str, first: str = "") -> str:
    return "\n".join(f"> {each}".rstrip() for each in [*([first] if first else []), *text.split("\n")])


def table(rows: list[list[str]]) -> str:
    width = max(map(len, rows))
    written = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
    return "\n".join([written[0], "|" + " --- |" * width, *written[1:]])


leaf = st.one_of(
    line,
    flat.map(lambda text: f"## {text}"),
    st.lists(st.lists(flat, min_size=1, max_size=3), min_size=1, max_size=3).map(table),
    st.sampled_from(["```python\nx = [\n\n  1]\n```", "~~~\n]]> ``` <b>\n~~~", "    indented\n\n    code"]),
    st.just("- [ ] todo\n- [x] done"),
    st.just("***"),
)


def joined(blocks: list[str]) -> str:
    return "\n\n".join(blocks)


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blocks = st.lists(inner, min_size=1, max_size=3).map(joined)
    return st.one_of(
        st.lists(blocks, min_size=1, max_size=3).map(
            lambda items: joined([indented(f"item\n\n{item}", "- ") for item in items])
        ),
        st.lists(blocks, min_size=1, max_size=3).map(
            lambda items: joined([indented(f"item\n\n{item}", f"{number}. ") for number, item in enumerate(items, 3)])
        ),
        blocks.map(lambda text: quoted(f"said\n\n{text}")),
        blocks.map(lambda text: quoted(text, "[!WARNING]\n>")),
        blocks.map(lambda text: f"<details>\n<summary>More &amp; more</summary>\n\n{text}\n\n</details>"),
    )


# A thematic break between them keeps two lists in a row from being one.
markdown = st.lists(st.recursive(leaf, containers, max_leaves=5), min_size=1, max_size=4).map("\n\n---\n\n".join)


def again(text: str) -> str:
    return to_markdown(to_storage(text)).markdown


def shape(text: str) -> dict[str, int]:
    soup = BeautifulSoup(RENDERER.render(text), "lxml")
    return {name: len(soup.find_all(name)) for name in KEPT}


@SETTINGS
@given(document)
def test_what_the_converter_wrote_comes_back_as_it_was(body):
    first = to_markdown(body).markdown
    try:
        second = again(first)
    except MarkdownTooDeep:
        raise AssertionError("the converter writes deeper than writes accept") from None
    assert rendered_text(second) == rendered_text(first)
    assert shape(second) == shape(first)


@SETTINGS
@given(markdown)
def test_any_markdown_keeps_its_text_and_its_structure(text):
    read = again(text)
    assert rendered_text(read) == rendered_text(text)
    assert shape(read) == shape(text)
    assert not to_markdown(to_storage(text)).degraded


@SETTINGS
@given(markdown)
def test_read_write_and_read_again_settles(text):
    read = again(text)
    assert again(read) == read
    assert to_storage(text) == to_storage(text)


@SETTINGS
@given(st.text(alphabet="ab \n*_`~[]()<>#+-=|!\\&;:.$\"'/@{}é한🙂", max_size=60))
def test_any_text_keeps_its_words(text):
    """Against a renderer without HTML: there, too, a tag is text; our own few tags are no text."""
    from markdown_it import MarkdownIt

    plain = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text)
    ours = BeautifulSoup(RENDERER.render(again(text)), "lxml").get_text()
    assert squashed(ours) == squashed(BeautifulSoup(plain, "lxml").get_text())
