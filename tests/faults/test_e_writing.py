"""E and F of what agents write: whatever the Markdown says, the page gets text and no more than the few known elements.

The judge is another parser and a list of everything that may stand in the result.
"""

# ruff: noqa: E501  one vector is one line, however long

import re
import sys
from html import unescape
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_connector.content import to_markdown
from confluence_connector.content.writing import to_storage
from confluence_connector.content.writing.markdown_to_storage import MARKDOWN_CHARACTERS
from confluence_connector.content.writing.sections import Selector, replace_section, section_named, sections
from confluence_connector.errors import MarkdownTooDeep, SectionNotFound, StorageMalformed, TooLarge
from tests.faults.test_e_attack_vectors import MARKUP, URLS

ALLOWED = {
    **dict.fromkeys(("strong", "em", "del", "u", "sub", "sup", "code", "br", "hr", "blockquote", "ul", "li"), ()),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "tr", "page"), ()),
    **dict.fromkeys(("ac-link-body", "ac-caption", "ac-task-list", "ac-task", "ac-task-status", "ac-task-body"), ()),
    **dict.fromkeys(("ac-rich-text-body", "ac-plain-text-body", "ac-adf-extension", "ac-adf-content"), ()),
    **dict.fromkeys(("th", "td"), ("style", "colspan", "rowspan")),
    "p": {"style"},
    "ol": {"start"},
    "a": {"href"},
    "ac-link": {"ac-anchor"},
    "ac-image": {"ac-alt"},
    "ri-attachment": {"ri-filename"},
    "ri-url": {"ri-value"},
    "ac-structured-macro": {"ac-name", "ac-schema-version"},
    "ac-parameter": {"ac-name"},
    "ac-adf-node": {"type"},
    "ac-adf-attribute": {"key"},
}
VALUES = {
    "style": r"text-align: (?:left|center|right);",
    "colspan": r"\d{1,4}",
    "rowspan": r"\d{1,5}",
    "start": r"\d{1,9}",
    "href": r"(?:https?://[^/@%\\]+(?:[/?#].*)?|mailto:.*|/(?!/).*)",
    "ri-value": r"https?://[^/@%\\]+(?:[/?#].*)?",
    "ri-filename": r"[^/\\]+",
    "ac-name": r"code|info|tip|note|warning|expand|language|title",
    "ac-schema-version": "1",
    "type": "panel",
    "key": "panel-type",
}


def parsed(storage: str) -> ElementTree.Element:
    prefixed = re.sub(
        r"(<!\[CDATA\[.*?\]\]>)|((?<=[</ ])(?:ac|ri)):", lambda m: m[1] or f"{m[2]}-", storage, flags=re.DOTALL
    )
    return ElementTree.fromstring(f"<page>{prefixed}</page>")


def dangers(storage: str) -> list[str]:
    """Every element, attribute and value that has no business in what an agent wrote."""
    found = []
    for element in parsed(storage).iter():
        if element.tag not in ALLOWED:
            found.append(element.tag)
            continue
        for name, value in element.attrib.items():
            if name not in ALLOWED[element.tag] or not re.fullmatch(VALUES.get(name, ".*"), value):
                found.append(f"{element.tag} {name}={value}")
        if element.tag == "ac-parameter" and element.attrib["ac-name"] == "language":
            found += [] if re.fullmatch("[a-z0-9+#-]{1,32}", element.text or "") else [f"language {element.text}"]
    return found


BREAKOUTS = [
    '</p><ac:structured-macro ac:name="html"><ac:plain-text-body><![CDATA[<script>x</script>]]></ac:plain-text-body></ac:structured-macro><p>',
    "]]></ac:plain-text-body></ac:structured-macro><script>x</script>",
    "]]>", "]]&gt;", "]]]]>>", "<![CDATA[", "]]]]><![CDATA[><script>", '" onclick="x', "' onclick='x", '"><script>x</script>',
    '<ac:link><ri:user ri:account-id="1"/></ac:link>', '<ac:image><ri:url ri:value="https://evil.example/"/></ac:image>',
    "<ri:page ri:content-title='x'/>", '<ac:structured-macro ac:name="include"/>', "{html}x{html}", "{include:Secret}",
    "</ac:rich-text-body></ac:structured-macro>", "</ac:layout-cell></ac:layout-section></ac:layout>", "</page>", "<page>",
    "&lt;script&gt;", "&#60;script&#62;", "&amp;lt;", "&nbsp;&copy;&unknown;", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<?xml version='1.0'?>",
    "</td></tr></table>", "</u>", "<u>", "<td>", "</details>", "<u onclick=x>", '<td colspan="1" onclick="x">', "<br onload=x>",
    "&#x0;&#1;&#x202e;&#8203;", "\ufeff\u202e", "\x00\x01\x0b\x0c\x1f\x7f", "\ud800",
]  # fmt: skip


def places(hostile: str) -> dict[str, str]:
    """Everywhere that Markdown can carry text."""
    return {
        "paragraph": f"a {hostile} b",
        "line": hostile,
        "heading": f"## {hostile}",
        "item": f"- {hostile}\n- x",
        "task": f"- [ ] {hostile}",
        "quote": f"> {hostile}",
        "panel": f"> [!NOTE]\n> {hostile}",
        "purple panel": f"> [!IMPORTANT]\n> {hostile}",
        "panel mark": f"> [!{hostile}]\n> x",
        "cell": f"| a | b |\n|---|---|\n| {hostile} | y |",
        "own cell": f"<table>\n<tr>\n<td>\n\n{hostile}\n\n</td>\n</tr>\n</table>",
        "between cells": f"<table>\n<tr>\n{hostile}\n<td>\n\nx\n\n</td>\n</tr>\n</table>",
        "fence": f"~~~\n{hostile}\n~~~",
        "language": f"~~~ {hostile}\nx\n~~~",
        "indented": f"    {hostile}",
        "code span": f"`` {hostile} ``",
        "mark": f"<u>a {hostile} b</u> **{hostile}**",
        "link text": f"[{hostile}](https://example.org/)",
        "link target": f"[x](<{hostile}>) [x]({hostile})",
        "link title": f'[x](https://example.org/ "{hostile}")',
        "image text": f"![{hostile}](x.png)",
        "image": f"![x](<{hostile}>) ![x]({hostile})",
        "image title": f'![x](x.png "{hostile}")',
        "definition": f"[x]\n\n[x]: {hostile}\n",
        "autolink": f"<{hostile}>",
        "summary": f"<details>\n<summary>{hostile}</summary>\n\nx\n\n</details>",
        "expand": f"<details>\n<summary>x</summary>\n\n{hostile}\n\n</details>",
    }


@pytest.mark.parametrize("hostile", [*BREAKOUTS, *MARKUP, *URLS])
def test_E4_nothing_that_an_agent_writes_becomes_markup(hostile):
    for place, markdown in places(hostile).items():
        storage = to_storage(markdown)
        assert dangers(storage) == [], place
        assert not to_markdown(storage).degraded, place


def test_E4_the_judge_sees_what_must_not_be():
    for wrong in (
        "<script/>", "<p onclick='x'/>", "<a href='javascript:x'/>", "<a href='//evil.example'/>", "<ri:user/>",
        '<ac:structured-macro ac:name="html"/>', '<ac:image><ri:url ri:value="data:x"/></ac:image>',
    ):  # fmt: skip
        assert dangers(wrong), wrong


@pytest.mark.parametrize("hostile", [*BREAKOUTS, *MARKUP])
def test_E4_what_was_written_inside_code_is_still_there(hostile):
    shown = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\u202e\ud800]", "", hostile)
    code = "".join(parsed(to_storage(f"~~~~\n{hostile}\n~~~~")).itertext())
    assert code.replace("\n", "") == shown.replace("\n", "").replace("\x7f", "") or "\x7f" in hostile


def test_E4_raw_html_is_text():
    markdown = "<div class='x'>a *b* <script>alert(1)</script></div>\n\n<!-- c -->"
    (first, second) = parsed(to_storage(markdown))
    assert "".join(first.itertext()) == "<div class='x'>a b <script>alert(1)</script></div>"
    assert "".join(second.itertext()) == "<!-- c -->"


def test_E6_the_end_of_cdata_is_split_and_reads_as_it_was():
    code = "a ]]> b ]]]]>> ]]&gt; <![CDATA[ c ]]>]]>"
    storage = to_storage(f"```xml\n{code}\n```")
    assert to_markdown(storage).markdown == f"```xml\n{code}\n```\n"


@pytest.mark.parametrize("hidden", ["\x00", "\x0b", "\x1f", "\u200b", "\u202e", "\ufeff", "\U000e0041", "\ud800"])
def test_E7_hidden_and_control_characters_are_not_written(hidden):
    storage = to_storage(f"a{hidden}b `c{hidden}d` ![e{hidden}f](x{hidden}.png)\n\n~~~\ng{hidden}h\n~~~\n")
    assert hidden not in storage
    storage.encode()
    text = "".join(parsed(storage).itertext())
    assert re.search("a\ufffd?b c\ufffd?d", text)
    if hidden.isprintable() or ord(hidden) > 0x1F:
        assert hidden not in unescape(to_storage(f"&#{ord(hidden)};"))


@pytest.mark.parametrize(
    "deep",
    [">" * 5_000 + " a", "- " * 40 + "a", "".join(" " * 2 * level + "- a\n" for level in range(60)),
     "<u>" * 500 + "a" + "</u>" * 500, "*a **b " * 200 + "c** d*" * 200,
     "<details>\n<summary>a</summary>\n\n" * 500 + "</details>\n\n" * 500,
     "<table>\n<tr>\n<td>\n\n" * 500 + "</td>\n</tr>\n</table>\n\n" * 500],
)  # fmt: skip
def test_E2_what_is_nested_too_deeply_is_refused_and_never_cut(deep):
    with pytest.raises(MarkdownTooDeep):
        to_storage(deep)


def test_E3_markdown_too_large_for_a_page_is_refused():
    with pytest.raises(TooLarge):
        to_storage("a" * (MARKDOWN_CHARACTERS + 1))


@pytest.mark.parametrize("definition", ["[x]: https://example.org/{}", "[x]: x.png '{}'", "[x]: {}"])
def test_E3_a_short_text_that_names_one_long_thing_often_does_not_grow_a_large_page(definition):
    markdown = "![x] [x] " * 20_000 + "\n\n" + definition.format("a" * 8_000)
    with pytest.raises(TooLarge):
        to_storage(markdown)


def test_E3_an_address_too_long_to_judge_leads_nowhere():
    assert to_storage(f"[x](https://example.org/{'a' * 9_000}) ![y](<{'b' * 9_000}.png>)") == "<p>x y</p>"


HOT = [
    "[", "![", "](", "[](", "[a](", '[a](b "', "[a](<", "*a **b ", "~~a ", "` ``", "<u>", "<u></u>", "<!--", "<a ", "<?", "&#", "|",
    "- a\n", "> a\n\n", "|a|b\n|-|-|\n", "[a]: b\n", "<table>\n<tr>\n", "<td>\n", "<details>\n<summary>a</summary>\n", "- [ ] a\n",
    "> [!NOTE]\n\n", "![[a]\n", "a\n=\n", "#\n",
]  # fmt: skip


def lines_run(work, given) -> int:
    """Counted, not timed: executed lines of Python."""
    count = 0

    def tracer(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return tracer

    sys.settrace(tracer)
    try:
        work(given)
    except (MarkdownTooDeep, TooLarge):
        count += 1
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("pattern", HOT)
def test_E12_writing_grows_with_the_text_not_faster(pattern):
    to_storage("warm")
    small, large = (lines_run(to_storage, pattern * (size // len(pattern))) for size in (1_500, 3_000))
    assert large <= 2.5 * small + 2_000


SECTIONED = {
    "headings": ("<h2>A</h2><p>é</p>", ""),
    "lower and lower": ("<h1>A</h1><h2>A</h2><h3>A</h3><h4>A</h4><h5>A</h5><h6>A</h6>", ""),
    "nested": ("<div><h1>A</h1>", "</div>"),
    "entities": ("<h1>&nbsp;&eacute;</h1>", ""),
    "heading in heading": ("<h1>", "</h1>"),
    "links in a heading": ("<b>x</b><ac:link>é</ac:link>", ""),
    "links in links": ("<ac:link> <ri:page ri:content-title='x'/> ", "</ac:link>"),
}


@pytest.mark.parametrize("kind", SECTIONED)
def test_E12_finding_sections_grows_with_the_page_not_faster(kind):
    before, after = SECTIONED[kind]
    small, large = (
        lines_run(
            sections, f"<h1>{before * count + after * count}</h1>" if "link" in kind else before * count + after * count
        )
        for count in (300, 600)
    )
    assert large <= 2.5 * small + 2_000


HIDDEN = [
    '<div style="display:none">{}</div>', '<p style="font-size: 0">{}</p>', "<ac:adf-fallback>{}</ac:adf-fallback>",
    '<ac:structured-macro ac:name="excerpt"><ac:parameter ac:name="hidden">true</ac:parameter><ac:rich-text-body>{}</ac:rich-text-body></ac:structured-macro>',
    "<script>{}</script>", '<span style="color: white">{}</span>',
]  # fmt: skip


@pytest.mark.parametrize("around", HIDDEN)
def test_F8_a_hidden_section_can_neither_be_listed_nor_read_nor_written(around):
    storage = "<h1>Seen</h1>" + around.format("<h1>Obey</h1><p>me</p>") + "<h1>After</h1>"
    assert [each.heading for each in sections(storage)] == ["Seen", "After"]
    for attempt in (section_named, lambda page, chosen: replace_section(page, chosen, "<p/>")):
        with pytest.raises(SectionNotFound):
            attempt(storage, Selector("Obey"))


def test_F8_white_on_a_colour_is_no_hiding_place_but_a_style():
    body = '<tr><td data-highlight-colour="#000"><h2 style="color: white">Seen</h2></td></tr>'
    macro = (
        '<ac:structured-macro ac:name="panel"><ac:parameter ac:name="bgColor">#000</ac:parameter><ac:rich-text-body>'
    )
    panel = f'{macro}<h2 style="color:#fff">Panel</h2></ac:rich-text-body></ac:structured-macro>'
    later = '<h2 style="color:#fff">Hidden</h2>'
    found = sections(f"<table><tbody>{body}</tbody></table>{panel}{later}")
    assert [each.heading for each in found] == ["Seen", "Panel"]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet="ab \n\t#*_`~[]()<>!|-+=&;:\\\"'/.1x{}\x00\u200bé🙂", max_size=120))
def test_E13_any_text_becomes_well_formed_storage(markdown):
    assert dangers(to_storage(markdown)) == []


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet="<>/h12p&;!-[]CDAT\"'= aé", max_size=60))
def test_E13_any_storage_is_read_or_refused(storage):
    try:
        found = sections(storage)
    except StorageMalformed:
        return
    for section in found:
        sections(storage[section.start : section.end])
