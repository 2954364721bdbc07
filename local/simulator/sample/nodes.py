"""A page written in ADF with every node and mark of the format, for readers that prefer it to storage."""

from typing import Any

from local.simulator.sample.blocks import Node


def _text(text: str, *marks: Node) -> Node:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}


def _node(kind: str, *content: Node, **attributes: Any) -> Node:
    node: Node = {"type": kind}
    if attributes:
        node["attrs"] = attributes
    if content:
        node["content"] = list(content)
    return node


def _para(*content: Node | str) -> Node:
    return _node("paragraph", *[_text(each) if isinstance(each, str) else each for each in content])


def _mark(kind: str, **attributes: Any) -> Node:
    return {"type": kind, **({"attrs": attributes} if attributes else {})}


def _marks() -> list[Node]:
    simple = [_text(f"{kind} ", _mark(kind)) for kind in ("strong", "em", "underline", "strike", "code")]
    others = [
        _text("link ", _mark("link", href="https://example.com/a?b=1&c=2")),
        _text("low", _mark("subsup", type="sub")),
        _text("high ", _mark("subsup", type="sup")),
        _text("red ", _mark("textColor", color="#ff5630")),
        _text("marked ", _mark("backgroundColor", color="#fff0b3")),
        _text("disputed", _mark("annotation", id="3f0f2f6a-0003", annotationType="inlineComment")),
    ]
    middle, indented = _para("In the middle."), _para("Indented.")
    middle["marks"] = [_mark("alignment", align="center")]
    indented["marks"] = [_mark("indentation", level=1)]
    return [_para(*simple, *others), middle, indented]


def _inline(alice: str) -> Node:
    return _para(
        "Ask ",
        _node("mention", id=alice, text="@Alice Aoki", accessLevel="", userType="DEFAULT"),
        " ",
        _node("emoji", shortName=":check_mark:", id="atlassian-check_mark", text=":check_mark:"),
        _node("hardBreak"),
        _node("date", timestamp="1769817600000"),
        " ",
        _node("status", text="DOING", color="blue", localId="s-1", style=""),
        " ",
        _node("inlineCard", url="https://acme.atlassian.net/wiki/spaces/SHOP/overview"),
        " ",
        _node("inlineCard", data={"@type": "Document", "name": "Roadmap", "url": "https://example.com/roadmap"}),
        " ",
        _node("placeholder", text="write the date here"),
        " ",
        _node("inlineExtension", extensionType="com.example.charts", extensionKey="spark", text="Sparkline"),
        " ",
        _node("mediaInline", id="{{file:price-list.pdf}}", collection="contentId-{{page}}", type="file"),
    )


def _lists() -> list[Node]:
    inner = _node("bulletList", _node("listItem", _para("Apple")))
    return [
        _node("bulletList", _node("listItem", _para("Fruit"), inner), _node("listItem", _para("Bread"))),
        _node("orderedList", _node("listItem", _para("Third")), _node("listItem", _para("Fourth")), order=3),
        _node(
            "taskList",
            _node("taskItem", _text("Count the vans"), localId="t-1", state="TODO"),
            _node("taskItem", _text("Buy a van"), localId="t-2", state="DONE"),
            localId="t",
        ),
        _node(
            "decisionList",
            _node("decisionItem", _text("Vans are leased."), localId="d-1", state="DECIDED"),
            localId="d",
        ),
    ]


def _tables() -> Node:
    head = _node(
        "tableRow", _node("tableHeader", _para("Depot"), colwidth=[120]), _node("tableHeader", _para("Vans"), colspan=2)
    )
    row = _node(
        "tableRow",
        _node("tableHeader", _para("North"), rowspan=1, background="#f4f5f7"),
        _node("tableCell", _para("4")),
        _node("tableCell", _para("6"), _para("7 in December")),
    )
    return _node("table", head, row, layout="default", width=760, displayMode="default", isNumberColumnEnabled=True)


def _media() -> list[Node]:
    bordered = _node(
        "media", type="file", id="{{file:architecture.png}}", collection="contentId-{{page}}", alt="Boxes", width=2
    )
    bordered["marks"] = [_mark("border", size=2, color="#091e42"), _mark("link", href="https://example.com/big")]
    linked = _node("media", type="link", id="{{file:order-flow.png}}", collection="contentId-{{page}}", height=1)
    return [
        _node("mediaSingle", bordered, _node("caption", _text("How an order travels")), layout="center", width=66.6),
        _node("mediaSingle", _node("media", type="external", url="https://example.com/logo.png"), layout="center"),
        _node("mediaGroup", linked),
    ]


def _extensions() -> list[Node]:
    wide = _node("codeBlock", _text("select 1;"), language="sql")
    wide["marks"] = [_mark("breakout", mode="wide")]
    chart = _node(
        "extension",
        extensionType="com.example.charts",
        extensionKey="bar",
        parameters={"title": "Vans per depot"},
        text="Chart: vans per depot",
        layout="default",
    )
    chart["marks"] = [_mark("fragment", localId="f-1", name="chart"), _mark("dataConsumer", sources=["t"])]
    frame = _node("bodiedExtension", _para("Framed text."), extensionType="com.example.frames", extensionKey="frame")
    return [wide, chart, frame, _node("somethingNewer", _para("A node this format did not have when it was written."))]


def every_node(alice: str) -> list[Node]:
    """The page's content. `{{file:…}}` and `{{page}}` are filled in when the page is put on the site."""
    panels = [
        _node("panel", _para(f"A panel of kind {kind}."), panelType=kind)
        for kind in ("info", "note", "tip", "warning", "error", "success")
    ]
    nested = _node("nestedExpand", _para("Deeper."), title="Even longer")
    return [
        *[_node("heading", _text(f"Heading {level}"), level=level) for level in range(1, 7)],
        *_marks(),
        _inline(alice),
        *_lists(),
        _node("blockquote", _para("Whoever measures, measures something.")),
        _node("codeBlock", _text("a ``` fence\n\tand a tab"), language="text"),
        _node("rule"),
        *panels,
        _node("panel", _para("House colours."), panelType="custom", panelColor="#e3fcef", panelIcon=":seedling:"),
        _node("expand", _para("It began with a spreadsheet."), title="The long version"),
        _tables(),
        _node("table", _node("tableRow", _node("tableCell", nested))),
        *_media(),
        _node(
            "layoutSection",
            _node("layoutColumn", _para("Left half."), width=50),
            _node("layoutColumn", _para("Right half."), width=50),
        ),
        _node("blockCard", url="https://example.com/roadmap"),
        _node(
            "blockCard",
            datasource={"id": "d8b75300-dfda-4519-b6cd-e49abbd50401", "parameters": {"jql": "project = SHOP"}},
        ),
        _node("embedCard", url="https://example.com/board", layout="wide", width=100),
        *_extensions(),
    ]
