"""F8: styles that hide words from people. Whatever CSS allows for it, machines are not shown them either."""

# ruff: noqa: E501  a table's row may be long

import json

import pytest

from confluence_connector.content import to_markdown
from confluence_connector.content.writing.sections import sections

HIDING = [
    "display:/**/none", "display:none;display:bogus", "display:none!important;display:block", "d\\69splay:none", "display:none /*",
    "visibility:hidden;visibility:bogus", "font-size:0.5px", "font-size:-0", "font:0/0 a", "font: italic 400 0px/1 serif",
    "opacity:.05", "opacity:5%", "max-height:0px", "width:0;overflow:hidden", "height:1px;overflow:clip",
    "text-indent:-9999px", "position:absolute;left:-99em", "position:absolute;top:-100vh", "margin-left:-2000px",
    "color:rgb(255 255 255)", "color:rgb(255, 255, 255, 1)", "color:rgb(100% 100% 100%)", "color:#FFFF", "color:#ffffffff",
    "color:#fefefe", "color:snow", "color:hsl(0, 0%, 100%)", "color:hsla(9 9% 99% / 1)", "color:#0000", "color:#00000008",
    "color:rgba(0,0,0,0)", "color:rgb(0 0 0 / 1%)", "color:white;color:bogus", "color:white!important;color:red",
    "color:white;background:none", "color:white;background-color:white", "color:#fff;background:#f4f5f7 no-repeat",
    "color:white;background:transparent",
]  # fmt: skip
SEEN = [
    "color:red", "color: rgb(0, 0, 0)", "color:#fff;color:red", "color:white;color:red", "color:inherit", "color:hsl(0,0%,40%)",
    "color:currentcolor", "color:#000000ff", "color:white;background:#000", "color:white;background-color: rgb(9,9,9)",
    "color:white;background:url(sky.png)", "color:#fff;background:linear-gradient(red, blue)", "display:block",
    "display:none;display:block", "visibility:visible", "font-size:12px", "font: 400 12px/0 serif", "opacity:1", "opacity:60%",
    "max-width:100%", "width:0", "overflow:hidden", "width: 300.0px", "margin-left: 30.0px", "margin-left:-20px", "text-align: center;",
    "text-indent:2em", ":", ";;", "", "color", "font-size:" + "9" * 300,
]  # fmt: skip
PALE_BEHIND = ["#ffffff", "#FFF", "white", "rgb(250, 250, 250)", "#f4f5f7", "transparent", ""]


def span(style: str) -> str:
    return f'<span style="{style}">x</span>'


def hidden_in(body: str, form: str = "storage") -> int:
    """How many pieces were removed; nothing but "seen" is left."""
    result = to_markdown(body, form)
    assert result.markdown == "seen\n"
    return sum(loss.count for loss in result.losses if loss.kind == "hidden")


@pytest.mark.parametrize("style", HIDING)
def test_F8_every_style_that_hides_is_found(style: str) -> None:
    assert hidden_in(f"<p>seen</p><p>{span(style)}</p>") == 1
    assert [each.heading for each in sections(f'<h1>Seen</h1><h2 style="{style}">Obey</h2>')] == ["Seen"]


@pytest.mark.parametrize("style", SEEN)
def test_F8_what_people_see_stays(style: str) -> None:
    assert to_markdown(f"<p>{span(style)}</p>").markdown == "x\n"
    assert [each.heading for each in sections(f'<h1 style="{style}">Seen</h1>')] == ["Seen"]


@pytest.mark.parametrize("colour", PALE_BEHIND)
def test_F8_white_on_white_is_hidden_whoever_lays_the_white(colour: str) -> None:
    white = span("color:#fff")
    cells = [
        f'<td data-highlight-colour="{colour}">{white}</td>',
        f'<td style="background-color:{colour}">{white}</td>',
    ]
    for cell in cells:
        markdown = to_markdown(f"<table><tbody><tr><td>seen</td>{cell}</tr></tbody></table>").markdown
        assert "seen" in markdown
        assert "x" not in markdown
    panel = (
        f'<ac:structured-macro ac:name="panel"><ac:parameter ac:name="bgColor">{colour}</ac:parameter><ac:rich-text-body>'
        f'<h2 style="color:#fff">x</h2></ac:rich-text-body></ac:structured-macro>'
    )
    assert "x" not in to_markdown(f"<p>seen</p>{panel}").markdown
    assert sections(panel) == []


@pytest.mark.parametrize("colour", PALE_BEHIND)
def test_F8_white_on_white_in_adf(colour: str) -> None:
    marks = [
        {"type": "textColor", "attrs": {"color": "#ffffff"}},
        {"type": "backgroundColor", "attrs": {"color": colour}},
    ]
    texts = [{"type": "text", "text": "seen"}, {"type": "text", "text": "x", "marks": marks}]
    page = {"type": "doc", "content": [{"type": "paragraph", "content": texts}]}
    assert hidden_in(json.dumps(page), "atlas_doc_format") == 1
    marks[1]["attrs"]["color"] = "#0747a6"
    assert to_markdown(json.dumps(page), "atlas_doc_format").markdown == "seenx\n"
