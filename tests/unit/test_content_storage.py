"""Storage format: one small page per construct, and the Markdown that must come out."""

# ruff: noqa: E501  one row of a table is one line, however long its page

import pytest

from confluence_connector.content import NO_NAMES, to_markdown
from confluence_connector.content.names import NoNames

SITE = "https://acme.atlassian.net"


def convert(body, names=NO_NAMES):
    return to_markdown(body, names=names, base_url=SITE)


def macro(name, body="", /, **parameters):
    given = "".join(f'<ac:parameter ac:name="{key}">{value}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{given}{body}</ac:structured-macro>'


def rich(body):
    return f"<ac:rich-text-body>{body}</ac:rich-text-body>"


def plain(text):
    return f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"


CONSTRUCTS = {
    "marks": ("<p><b>a</b> <i>b</i> <u>c</u> <s>d</s> H<sub>2</sub>O e<sup>x</sup></p>", "**a** *b* <u>c</u> ~~d~~ H<sub>2</sub>O e<sup>x</sup>"),
    "space moves out of marks": ("<p><strong>a </strong>b</p>", "**a** b"),
    "marks before letters of any script": ('<p><strong>"a"</strong>은</p>', '<strong>"a"</strong>은'),
    "bold and italic": ("<p><em><strong>x</strong></em></p>", "<em>**x**</em>"),
    "neighbours merge": ("<p><b>a</b><strong>b</strong></p>", "**ab**"),
    "empty mark": ("<p>a<b></b>c</p>", "ac"),
    "code span": ("<p><code>a`b</code></p>", "`` a`b ``"),
    "code spans side by side": ("<p><code>a</code><code>b</code></p>", "`ab`"),
    "headings": ("<h1>A</h1><h3><strong>B</strong></h3>", "# A\n\n### **B**"),
    "heading that ends in #": ("<h2>x #</h2>", "## x \\#"),
    "line break": ("<p>a<br/>b<br/></p>", "a\\\nb"),
    "rule": ("<hr/><p>a</p>", "***\n\na"),
    "nested lists": ("<ul><li><p>a</p><ol start='3'><li>b</li></ol></li><li>c</li></ul>", "- a\n\n  3. b\n- c"),
    "tight nested list": ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
    "two lists in a row": ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
    "list item that begins with a list": ("<ul><li><ul><li>a</li></ul></li></ul>", "- - a"),
    "blocks in a list item": ("<ol><li><p>a</p><p>b</p><pre>c\nd</pre></li></ol>", "1. a\n\n   b\n\n   ```\n   c\n   d\n   ```"),
    "quotes": ("<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>", "> a\n>\n> > b"),
    "text outside of paragraphs": ("<p>a</p>b<p>c</p>", "a\n\nb\n\nc"),
    "simple table": ("<table><tbody><tr><th>A</th><th>B</th></tr><tr><td><p>1</p></td><td>x|y</td></tr></tbody></table>", "| A | B |\n| --- | --- |\n| 1 | x\\|y |"),
    "table without a header": ("<table><tbody><tr><td>1</td></tr></tbody></table>", "| |\n| --- |\n| 1 |"),
    "paragraphs in a cell": ("<table><tbody><tr><th><p>a</p><p>b<br/>c</p></th></tr></tbody></table>", "| a<br>b<br>c |\n| --- |"),
    "code with a pipe in a cell": ("<table><tbody><tr><th><code>a|b</code></th></tr></tbody></table>", "| `a\\|b` |\n| --- |"),
    "aligned cells": ('<table><tbody><tr><th style="text-align: right;">a</th></tr></tbody></table>', "| a |\n| ---: |"),
    "spans": ('<table><tbody><tr><td colspan="2" rowspan="3">a</td></tr></tbody></table>', '<table>\n<tr>\n<td colspan="2" rowspan="3">\n\na\n\n</td>\n</tr>\n</table>'),
    "list in a cell": ("<table><tbody><tr><td><ul><li>a</li></ul></td></tr></tbody></table>", "<table>\n<tr>\n<td>\n\n- a\n\n</td>\n</tr>\n</table>"),
    "caption of a table": ("<table><caption>C</caption><tbody><tr><th>a</th></tr></tbody></table>", "C\n\n| a |\n| --- |"),
    "tasks": ("<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>a</ac:task-body></ac:task><ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>b</ac:task-body></ac:task></ac:task-list>", "- [x] a\n- [ ] b"),
    "code": (macro("code", plain("x = 1\n  y"), language="py", title="T"), "**T**\n\n```python\nx = 1\n  y\n```"),
    "code with fences": (macro("code", plain("````")), "`````\n````\n`````"),
    "code with fences of several lengths": (macro("code", plain("`````\n```")), "``````\n`````\n```\n``````"),
    "code with a hostile language": (macro("code", plain("x"), language="a b`c"), "```\nx\n```"),
    "code split over CDATA sections": (macro("code", "<ac:plain-text-body><![CDATA[a]]]]><![CDATA[>b]]></ac:plain-text-body>"), "```\na]]>b\n```"),
    "noformat": (macro("noformat", plain("*x*")), "```\n*x*\n```"),
    "info": (macro("info", rich("<p>a</p>"), title="T"), "> [!NOTE]\n> **T**\n>\n> a"),
    "tip": (macro("tip", rich("<p>a</p>")), "> [!TIP]\n> a"),
    "note is the yellow one": (macro("note", rich("<p>a</p>")), "> [!WARNING]\n> a"),
    "warning is the red one": (macro("warning", rich("<ul><li>a</li></ul>")), "> [!CAUTION]\n> - a"),
    "panel": (macro("panel", rich("<p>a</p>"), bgColor="#fff"), "> [!NOTE]\n> a"),
    "expand": (macro("expand", rich("<p>a</p>"), title="More &lt;x&gt;"), "<details>\n<summary>More &lt;x&gt;</summary>\n\na\n\n</details>"),
    "status": ("<p>" + macro("status", title="IN PROGRESS", colour="Blue") + "</p>", "`IN PROGRESS`"),
    "jira issue": ("<p>" + macro("jira", key="AB-1") + "</p>", f"[AB-1]({SITE}/browse/AB-1)"),
    "jira query": ("<p>" + macro("jira", jqlQuery="project = AB") + "</p>", "Jira issues: `project = AB`"),
    "excerpt and details": (macro("excerpt", rich("<p>a</p>")) + macro("details", rich("<p>b</p>")), "a\n\nb"),
    "sections": (macro("section", rich(macro("column", rich("<p>a</p>")) + macro("column", rich("<p>b</p>")))), "a\n\nb"),
    "layout": ("<ac:layout><ac:layout-section><ac:layout-cell><p>a</p></ac:layout-cell><ac:layout-cell><p>b</p></ac:layout-cell></ac:layout-section></ac:layout>", "a\n\nb"),
    "file": (macro("view-file", name='<ri:attachment ri:filename="a b.pdf"/>'), "[a b.pdf](a%20b.pdf)"),
    "drawing": (macro("drawio", diagramName="net", diagramDisplayName="Net"), "![Net](net.png)"),
    "drawing source": (macro("plantuml", plain("@startuml")), "```plantuml\n@startuml\n```"),
    "mermaid": (macro("mermaid-cloud", plain("graph TD")), "```mermaid\ngraph TD\n```"),
    "date": ('<p><time datetime="2026-01-31"/></p>', "2026-01-31"),
    "unicode emoji": ('<p><ac:emoticon ac:name="blue-star" ac:emoji-id="2705" ac:emoji-shortname=":white_check_mark:" ac:emoji-fallback="✅"/> a</p>', "✅ a"),
    "emoticon picture": ('<p><ac:emoticon ac:name="tick" ac:emoji-shortname=":check_mark:" ac:emoji-id="atlassian-check_mark" ac:emoji-fallback=":check_mark:"/> a</p>', "![✅]() a"),
    "old emoticon": ('<p><ac:emoticon ac:name="thumbs-up"/></p>', "![👍]()"),
    "link": ('<p><a href="https://example.org/a_b">t</a></p>', "[t](https://example.org/a_b)"),
    "link after an exclamation mark": ('<p>wow!<a href="https://example.org/">t</a></p>', "wow\\![t](https://example.org/)"),
    "smart link": ('<p><a href="https://example.org/x" data-card-appearance="inline">https://example.org/x</a></p>', "[https://example.org/x](https://example.org/x)"),
    "same-site link": ('<p><a href="/wiki/x?a=1&amp;copy=2">t</a></p>', f"[t]({SITE}/wiki/x?a=1&copy=2)"),
    "page in another space": ('<p><ac:link><ri:page ri:content-title="A (b)" ri:space-key="K"/></ac:link></p>', f"[A (b)]({SITE}/wiki/display/K/A+%28b%29)"),
    "page by title": ('<p><ac:link ac:anchor="x%20y"><ri:page ri:content-title="A &uuml;"/><ac:link-body>t <em>e</em></ac:link-body></ac:link></p>', f"[t *e*]({SITE}/wiki/search?text=A+%C3%BC#x%20y)"),
    "blog post": ('<p><ac:link><ri:blog-post ri:content-title="T" ri:posting-day="2026/01/31" ri:space-key="K"/></ac:link></p>', f"[T]({SITE}/wiki/display/K/T)"),
    "space": ('<p><ac:link><ri:space ri:space-key="K"/></ac:link></p>', f"[K]({SITE}/wiki/spaces/K)"),
    "anchor": ('<p><ac:link ac:anchor="there"><ac:plain-text-link-body><![CDATA[go]]></ac:plain-text-link-body></ac:link></p>', "[go](#there)"),
    "attachment": ('<p><ac:link><ri:attachment ri:filename="a.pdf"/><ac:plain-text-link-body><![CDATA[<b>]]></ac:plain-text-link-body></ac:link></p>', "[&lt;b>](a.pdf)"),
    "mention": ('<p><ac:link><ri:user ri:account-id="557058:x"/></ac:link></p>', "@unknown user"),
    "image": ('<ac:image ac:alt="Alt" ac:width="3"><ri:attachment ri:filename="x.png"/></ac:image>', "![Alt](x.png)"),
    "image with caption": ('<ac:image><ri:attachment ri:filename="x.png"/><ac:caption><p>A "c"</p></ac:caption></ac:image>', '![x.png](x.png "A \\"c\\"")'),
    "image with rich caption": ('<ac:image><ri:attachment ri:filename="x.png"/><ac:caption><p>a <strong>b</strong></p></ac:caption></ac:image>', "![x.png](x.png)\\\na **b**"),
    "image from elsewhere": ('<p><ac:image ac:alt="e"><ri:url ri:value="https://evil.example/x.png"/></ac:image></p>', "[e](https://evil.example/x.png)"),
    "image on another page": ('<ac:image><ri:attachment ri:filename="x.png"><ri:page ri:content-title="P"/></ri:attachment></ac:image>', "![x.png](x.png)"),
    "inline comment": ('<p>a <ac:inline-comment-marker ac:ref="u">b</ac:inline-comment-marker></p>', "a b"),
    "placeholder": ("<p><ac:placeholder>Type here</ac:placeholder></p>", "Type here"),
    "decisions": ('<ac:adf-extension><ac:adf-node type="decision-list"><ac:adf-node type="decision-item"><ac:adf-attribute key="state">DECIDED</ac:adf-attribute><ac:adf-content>a</ac:adf-content></ac:adf-node></ac:adf-node><ac:adf-fallback><ul><li>a</li></ul></ac:adf-fallback></ac:adf-extension>', "- ◆ a"),
    "extension node, not its fallback": ('<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">note</ac:adf-attribute><ac:adf-content><p>a</p></ac:adf-content></ac:adf-node><ac:adf-fallback><div><p>a</p></div></ac:adf-fallback></ac:adf-extension>', "> [!IMPORTANT]\n> a"),
    "extension without content": ('<ac:adf-extension><ac:adf-node type="extension"/><ac:adf-fallback><p>f</p></ac:adf-fallback></ac:adf-extension>', "f"),
    "unknown element": ("<p><wat>a</wat></p>", "a"),
    "unknown macro with text": (macro("wat", rich("<p>a</p>")), "a"),
    "unknown macro with source": (macro("wat", plain("a<b")), "```\na<b\n```"),
    "unknown macro without anything": (macro("wat"), "*Macro wat*"),
    "include is not followed": (macro("include", **{"": '<ac:link><ri:page ri:content-title="P"/></ac:link>'}), f"Included from another page: [P]({SITE}/wiki/search?text=P)"),
    "entities": ("<p>&nbsp;a&hellip;&amp;b &uuml;</p>", "a…&amp;b ü"),
    "unknown entity": ("<p>a &wat; b</p>", "a &amp;wat; b"),
    "definition list": ("<dl><dt>t</dt><dd>d</dd></dl>", "**t**\n\nd"),
    "pre": ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
    "snake case stays readable": ("<p>snake_case _x_</p>", "snake_case \\_x\\_"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_construct(name):
    body, markdown = CONSTRUCTS[name]
    result = convert(body)
    assert result.markdown == markdown + "\n"
    assert not result.degraded


REPORTED = {
    macro("toc") + "<p>a</p>": [("dynamic", "macro toc")],
    macro("children") + "<p>a</p>": [("dynamic", "macro children")],
    macro("wat"): [("dropped", "macro wat")],
    macro("wat", rich("<p>a</p>")): [("degraded", "macro wat")],
    macro("excerpt", rich("<p>secret</p>"), hidden="true") + "<p>a</p>": [("hidden", "macro excerpt")],
    '<p><ac:link><ri:user ri:account-id="557058:x"/></ac:link></p>': [("unresolved", "mention")],
    '<p><ac:link><ri:page ri:content-title="P"/></ac:link></p>': [("unresolved", "page link: P")],
    '<ac:image><ri:attachment ri:filename="x.png"/></ac:image>': [("unresolved", "attachment: x.png")],
    '<p><a href="http://example.org/">t</a></p>': [("rewritten", "http link")],
    '<p><a href="javascript:x">t</a></p>': [("dropped", "link with scheme javascript")],
    "<p>a<wat/></p>": [("degraded", "element wat")],
    "<p>a</p><script>x</script>": [("dropped", "element script")],
    "<p>a<!-- b --></p>": [("hidden", "comments")],
    '<p>a<span style="display: none">b</span></p>': [("hidden", "display:none")],
    "<p>a\u200bb</p>": [("hidden", "invisible characters")],
    "<p>a</b>": [("degraded", "malformed body: text only")],
    "<p>plain</p>": [],
}


@pytest.mark.parametrize("body", REPORTED)
def test_loss_is_reported(body):
    assert [(loss.kind, loss.name) for loss in convert(body).losses] == REPORTED[body]


def test_losses_are_counted_and_placed():
    losses = convert(macro("toc") + "<h1>A</h1>" + macro("wat") + macro("wat")).losses
    assert [(loss.name, loss.count, loss.where) for loss in losses] == [
        ("macro toc", 1, "top"),
        ("macro wat", 2, "heading 1"),
    ]


def test_a_flood_of_different_losses_is_bounded():
    losses = convert("".join(f"<x{number}>a</x{number}>" for number in range(2_000))).losses
    assert len(losses) < 400
    assert sum(loss.count for loss in losses) == 2_000


def test_a_page_that_only_confluence_fills_does_not_look_empty():
    assert convert(macro("children")).markdown == "*This page holds no text of its own: macro children.*\n"


def test_an_empty_page_is_empty():
    assert convert("<p />").markdown == ""


class Directory(NoNames):
    def page_url(self, title, space_key):
        return f"{SITE}/wiki/spaces/{space_key or 'HERE'}/pages/1/{title}"

    def attachment_url(self, filename, page_title):
        return f"{SITE}/wiki/download/attachments/1/{filename}"

    def user_name(self, account_id):
        return "Ada *L*"


def test_names_come_through_the_port():
    body = (
        '<p><ac:link><ri:user ri:account-id="1"/></ac:link> <ac:link><ri:page ri:content-title="P"/></ac:link></p>'
        '<ac:image ac:alt="i"><ri:attachment ri:filename="a b.png"/></ac:image>'
    )
    result = convert(body, Directory())
    assert result.markdown == (
        f"@Ada \\*L\\* [P]({SITE}/wiki/spaces/HERE/pages/1/P)\n\n![i]({SITE}/wiki/download/attachments/1/a%20b.png)\n"
    )
    assert result.losses == ()


def test_runs_of_a_long_page_are_joined_without_a_seam():
    """Long pages are finished a run at a time; the result is that of the whole."""
    one = "<h2>H</h2><p>a <strong>b</strong> <code>c</code></p><ul><li><p>x</p><p>y</p></li></ul>" + macro(
        "info", rich("<p>i</p>")
    )
    many = convert(one * 4_000).markdown
    assert many == "\n".join([convert(one).markdown] * 4_000)


def test_a_numbered_list_that_opens_a_panel_stays_a_list():
    """It could not interrupt the paragraph that the panel's mark is, unless it begins with 1."""
    for start, between in (("1", "\n> "), ("3", "\n>\n> ")):
        body = f'<ol start="{start}"><li><p>a</p></li></ol>'
        panel = (
            f'<ac:structured-macro ac:name="info"><ac:rich-text-body>{body}</ac:rich-text-body></ac:structured-macro>'
        )
        assert to_markdown(panel).markdown == f"> [!NOTE]{between}{start}. a\n"
