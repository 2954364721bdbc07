"""Sections of a storage body: what they span, how one is chosen, and that a change leaves every other byte alone."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_connector.content import to_markdown
from confluence_connector.content.writing.sections import (
    Section,
    Selector,
    append,
    append_to_section,
    replace_section,
    section_named,
    sections,
)
from confluence_connector.errors import ContentUnreadable, SectionAmbiguous, SectionNotFound, StorageMalformed

NEW = "<p>new &amp; <strong>bold</strong></p>"


def spans(storage: str) -> dict[str, str]:
    """What stands under each heading."""
    return {section.heading: storage[section.content : section.end] for section in sections(storage)}


def the_section(storage: str, heading: str) -> Section:
    return section_named(storage, Selector(heading))


# ── real pages ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_replacing_any_section_of_any_real_page_changes_no_byte_outside_it(spec):
    seen = 0
    for page in sorted((spec / "pages" / "real").glob("*/page.xhtml")):
        storage = page.read_bytes().decode()
        for section in sections(storage):
            chosen = Selector(section.heading, section.ordinal)
            before, after = storage[: section.content].encode(), storage[section.end :].encode()
            changed = replace_section(storage, chosen, NEW)
            assert changed.encode() == before + NEW.encode() + after
            longer = append_to_section(storage, chosen, NEW)
            assert longer.encode() == storage[: section.end].encode() + NEW.encode() + after
            assert replace_section(storage, chosen, storage[section.content : section.end]) == storage
            assert [each.heading for each in sections(longer)] == [each.heading for each in sections(storage)]
            seen += 1
    assert seen >= 30


def test_headings_of_real_pages_are_those_that_the_converter_shows(spec):
    for page in sorted((spec / "pages" / "real").glob("*/page.xhtml")):
        storage = page.read_bytes().decode()
        for section in sections(storage):
            assert storage[section.start :].startswith(f"<h{section.level}")
            assert storage[: section.content].endswith(f"</h{section.level}>")
            assert section_named(storage, Selector(section.heading, section.ordinal)) == section
            conversion = to_markdown(storage[section.start : section.end])
            assert conversion.markdown.startswith("#" * section.level + " ")
            assert not conversion.degraded


# ── what a section spans ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_section_holds_its_lower_headings_and_ends_at_its_peers():
    storage = "<p>0</p><h2>A</h2><p>a</p><h3>B</h3><p>b</p><h2>C</h2><p>c</p><h1>D</h1><p>d</p>"
    assert spans(storage) == {
        "A": "<p>a</p><h3>B</h3><p>b</p>",
        "B": "<p>b</p>",
        "C": "<p>c</p>",
        "D": "<p>d</p>",
    }
    assert [(each.ordinal, each.level) for each in sections(storage)] == [(1, 2), (2, 3), (3, 2), (4, 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<ac:layout><ac:layout-section><ac:layout-cell>", "</ac:layout-cell></ac:layout-section></ac:layout>"),
        ("<table><tbody><tr><td>", "</td></tr></tbody></table>"),
        (
            '<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">x</ac:parameter><ac:rich-text-body>',
            "</ac:rich-text-body></ac:structured-macro>",
        ),
        ("<ul><li>", "</li></ul>"),
        ("<div>", "</div>"),
    ],
)
def test_a_section_never_leaves_what_holds_its_heading(before, after):
    storage = f"<h3>Out</h3>{before}<h2>In</h2><p>in</p><h4>Deep</h4>{after}<p>out</p><h3>Next</h3>"
    assert spans(storage) == {
        "Out": f"{before}<h2>In</h2><p>in</p><h4>Deep</h4>{after}<p>out</p>",
        "In": "<p>in</p><h4>Deep</h4>",
        "Deep": "",
        "Next": "",
    }
    assert (
        replace_section(storage, Selector("In"), NEW) == f"<h3>Out</h3>{before}<h2>In</h2>{NEW}{after}<p>out</p>"
        "<h3>Next</h3>"
    )


def test_positions_hold_with_entities_cdata_comments_and_other_scripts():
    storage = (
        "é&nbsp;<!-- <h1>no</h1> --><p title='&copy;>'>한🙂</p>\r\n"
        '<h1 id="a>b">Überschrift&nbsp;&eacute; 🙂</h1 >\r\n'
        '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[<h1>no</h1> ü]]></ac:plain-text-body>'
        "</ac:structured-macro><h1/>日本<h1>Z&amp;\n z</h1>&mdash;"
    )
    first, empty, last = sections(storage)
    assert (first.heading, empty.heading, last.heading) == ("Überschrift é 🙂", "", "Z& z")
    assert storage[first.start : first.content] == '<h1 id="a>b">Überschrift&nbsp;&eacute; 🙂</h1 >'
    assert storage[first.content : first.end].endswith("</ac:structured-macro>")
    assert storage[empty.content : empty.end] == "日本"
    assert storage[last.content : last.end] == "&mdash;"


@pytest.mark.parametrize(
    ("inside", "heading"),
    [
        ("a<br/>b <em>c</em>", "a b c"),
        (
            '<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">x</ac:parameter></ac:structured-macro>t',
            "t",
        ),
        (
            's <ac:structured-macro ac:name="status"><ac:parameter ac:name="title">DONE</ac:parameter></ac:structured-macro>',  # noqa: E501
            "s DONE",
        ),
        ('<ac:emoticon ac:name="tick" ac:emoji-shortname=":check_mark:"/> ok', "✅ ok"),
        ('<ac:link><ri:page ri:content-title="P"/></ac:link>', "P"),
        ('<ac:link><ri:page ri:content-title="P"/><ac:link-body>q</ac:link-body></ac:link>', "q"),
        ('<time datetime="2026-01-31"/>', "2026-01-31"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_a_heading_reads_as_on_the_page(inside, heading):
    assert [each.heading for each in sections(f"<h2>{inside}</h2>")] == [heading]


# ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────

TWICE = "<h2>Notes</h2><p>1</p><h3>Other</h3><h2>Notes</h2><p>2</p>"


def test_white_space_is_folded_and_nothing_else():
    storage = "<h2>  Two\n&nbsp;words </h2><p>x</p>"
    assert the_section(storage, " Two  words\t").heading == "Two words"
    for other in ("two words", "Two", "Twowords", ""):
        with pytest.raises(SectionNotFound):
            the_section(storage, other)


def test_a_heading_that_stands_twice_needs_its_number():
    with pytest.raises(SectionAmbiguous) as refused:
        replace_section(TWICE, Selector("Notes"), NEW)
    assert refused.value.members == {"candidates": [1, 3]}
    assert replace_section(TWICE, Selector("Notes", 3), NEW) == TWICE.replace("<p>2</p>", NEW)
    for wrong in (0, 2, 4, -1):
        with pytest.raises(SectionNotFound):
            replace_section(TWICE, Selector("Notes", wrong), NEW)


def test_an_error_names_no_text_of_the_page_and_few_numbers():
    with pytest.raises(SectionAmbiguous) as refused:
        the_section("<h2>secret</h2>" * 500, "secret")
    assert "secret" not in str(refused.value)
    assert refused.value.members["candidates"] == list(range(1, 21))


# ── reading and appending ───────────────────────────────────────────────────────────────────────────────────────────


def test_one_section_as_markdown():
    section = section_named(TWICE, Selector("Notes", 1))
    markdown = to_markdown(TWICE[section.start : section.end]).markdown
    assert (section.level, markdown) == (2, "## Notes\n\n1\n\n### Other\n")


def test_appending_to_a_page_adds_and_changes_nothing():
    assert append("<p>a</p>\n", NEW) == f"<p>a</p>\n{NEW}"
    assert append("", NEW) == NEW


def test_appending_to_a_page_of_layouts_adds_a_part_to_the_layout():
    cell = '<ac:layout-section ac:type="single"><ac:layout-cell><p>a</p></ac:layout-cell></ac:layout-section>'
    longer = append(f"<ac:layout>{cell}</ac:layout>\n", NEW)
    assert longer.startswith(f'<ac:layout>{cell}<ac:layout-section ac:type="fixed-width"')
    assert longer.endswith(f"<ac:layout-cell>{NEW}</ac:layout-cell></ac:layout-section></ac:layout>\n")
    sections(longer)


def test_appending_to_a_section_comes_after_its_lower_headings():
    storage = "<h2>A</h2><h3>B</h3><p>b</p><h2>C</h2>"
    assert append_to_section(storage, Selector("A"), NEW) == f"<h2>A</h2><h3>B</h3><p>b</p>{NEW}<h2>C</h2>"


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────

MALFORMED = [
    "<p>", "</p>", "<h1>A</h2>", "</page><page>", "<!DOCTYPE x><p/>", "<p>\x01</p>", "<p>\ud800</p>", "<p>&#0;</p>",
    "<p>a & b</p>", "<p a=1/>", "<![CDATA[x", "<!-- x", "<?xml version='1.0'?>", "<br>",
    '<!DOCTYPE x [<!ENTITY a "b">]><p>&a;</p>',
]  # fmt: skip


@pytest.mark.parametrize("wrong", MALFORMED)
def test_E8_malformed_storage_is_refused_and_never_guessed_at(wrong):
    for attempt in (
        lambda: sections(wrong),
        lambda: append(wrong, NEW),
        lambda: append("<p/>", wrong),
        lambda: replace_section("<h1>A</h1><p/>", Selector("A"), wrong),
        lambda: append_to_section("<h1>A</h1><p/>", Selector("A"), wrong),
        lambda: replace_section(f"<h1>A</h1>{wrong}", Selector("A"), NEW),
    ):
        with pytest.raises(StorageMalformed):
            attempt()


def test_a_page_too_large_is_refused():
    with pytest.raises(ContentUnreadable):
        sections("é" * (9 * 1024 * 1024))


# ── any tree ────────────────────────────────────────────────────────────────────────────────────────────────────────

piece = st.one_of(
    st.sampled_from(["text ü ", "&nbsp;", "<p>p</p>", "<br/>", "<!-- c -->", "<![CDATA[<h1>]]>", "<hr a='>'/>"]),
    st.tuples(st.integers(1, 6), st.sampled_from(["A", "B", "é", "<em>C</em>"])).map(
        lambda given: f"<h{given[0]}>{given[1]}</h{given[0]}>"
    ),
)
tree = st.recursive(
    piece,
    lambda inner: st.tuples(
        st.sampled_from(["div", "td", "ac:layout-cell", "ac:rich-text-body"]), st.lists(inner, max_size=5)
    ).map(lambda given: f"<{given[0]}>{''.join(given[1])}</{given[0]}>"),
    max_leaves=20,
)


def parsed(storage: str) -> ElementTree.Element:
    """By another parser than ours."""
    return ElementTree.fromstring(f"<page>{storage.replace('ac:', 'ac-').replace('&nbsp;', ' ')}</page>")


def text_of(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


def texts_below_headings(page: ElementTree.Element) -> list[str]:
    """Of every heading in document order, the text of its siblings up to the next heading that ends its section."""
    found = {}
    for parent in page.iter():
        for index, heading in enumerate(parent):
            if re.fullmatch("h[1-6]", heading.tag):
                below = heading.tail or ""
                for sibling in parent[index + 1 :]:
                    if re.fullmatch(f"h[1-{heading.tag[1]}]", sibling.tag):
                        break
                    below += text_of(sibling) + (sibling.tail or "")
                found[heading] = below
    return [found[element] for element in page.iter() if element in found]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(tree, max_size=6).map("".join))
def test_in_any_tree_every_section_is_whole_and_replacing_it_by_itself_changes_nothing(storage):
    expected = dict(enumerate(texts_below_headings(parsed(storage)), 1))
    for section in sections(storage):
        chosen = Selector(section.heading, section.ordinal)
        held = storage[section.content : section.end]
        assert text_of(parsed(held)) == expected[section.ordinal]
        assert replace_section(storage, chosen, held) == storage
        assert replace_section(storage, chosen, NEW) == storage[: section.content] + NEW + storage[section.end :]
