"""The converters that are compared: each a function from a storage body to Markdown. Run in the bench's environment."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from xml.parsers import expat

Convert = Callable[[str], object]


def expat_floor(body: str) -> None:
    """What reading the page costs at all: expat with handlers that do nothing."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16

    def start(_name: str, _attributes: dict[str, str]) -> None: ...
    def end(_name: str) -> None: ...
    def text(_data: str) -> None: ...

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.Parse(b"<page>" + body.encode() + b"</page>", True)


def ours() -> Convert:
    from confluence_connector.content import to_markdown  # noqa: PLC0415  one import per converter measured

    return lambda body: to_markdown(body).markdown


def _markdownify() -> Convert:
    from markdownify import markdownify  # noqa: PLC0415

    return markdownify


def _html2text() -> Convert:
    import html2text  # noqa: PLC0415

    return lambda body: html2text.HTML2Text().handle(body)


def _html_to_markdown() -> Convert:
    import html_to_markdown  # noqa: PLC0415

    return lambda body: html_to_markdown.convert(body).content


def _mcp_atlassian() -> Convert:
    from mcp_atlassian.preprocessing.confluence import ConfluencePreprocessor  # noqa: PLC0415

    reader = ConfluencePreprocessor("https://acme.atlassian.net")
    return lambda body: reader.process_html_content(body)[1]


def _exporter() -> Convert:
    from confluence_markdown_exporter.confluence import Page  # noqa: PLC0415

    def convert(body: str) -> object:
        # Its converter is fed with the rendered view; of a page it needs only what these lines hold.
        page = SimpleNamespace(
            id=1, title="t", body=body, body_export=body, editor2=body, body_storage=body, attachments=[], labels=[], ancestors=[],  # noqa: E501
            get_attachment_by_file_id=lambda _i: None, get_attachment_by_id=lambda _i: None, get_attachments_by_title=lambda _t: [],  # noqa: E501
        )  # fmt: skip
        return Page.Converter(page).convert(body)

    return convert


COMPETITORS: dict[str, Callable[[], Convert]] = {
    "markdownify": _markdownify,
    "html2text": _html2text,
    "html-to-markdown": _html_to_markdown,
    "mcp-atlassian": _mcp_atlassian,
    "confluence-markdown-exporter": _exporter,
}


def quiet() -> None:
    """Converters that log every oddity of a page would be measured by their logging."""
    logging.disable(logging.CRITICAL)
