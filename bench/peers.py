"""The field's readers of whole spaces, each as its documentation has it used. Run in the bench's environment.

`python -m bench.peers NAME URL FOLDER OUT SPACE…`. They return documents; only the exporter keeps anything (files).
"""

import argparse
import contextlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.measure import Outcome, measured, tell

USER, API_TOKEN = "alice@example.com", "any"
MANY = 1_000_000
type Read = Callable[[], Iterator[str]]


def _langchain_best(url: str, spaces: Sequence[str], *, markdown: bool) -> Read:
    """One CQL stream, labels with it, and no question per page whether it is public."""
    from langchain_community.document_loaders import ConfluenceLoader  # noqa: PLC0415  one import per peer measured

    loader = ConfluenceLoader(
        url=f"{url}/wiki", username=USER, api_key=API_TOKEN, cql=f"type=page and space in ({','.join(spaces)})",
        include_restricted_content=True, include_labels=True, limit=100, max_pages=MANY,
        keep_markdown_format=markdown,
    )  # fmt: skip
    return lambda: (document.metadata["id"] for document in loader.lazy_load())


def langchain_markdown(url: str, _folder: Path, spaces: Sequence[str]) -> Read:
    """Its quickest setting that gives Markdown: labels, and no attachments."""
    return _langchain_best(url, spaces, markdown=True)


def langchain_text(url: str, _folder: Path, spaces: Sequence[str]) -> Read:
    """The same without Markdown: words in a row, no headings, tables or links."""
    return _langchain_best(url, spaces, markdown=False)


def langchain_whole(url: str, _folder: Path, spaces: Sequence[str]) -> Read:
    """Its best setting that reads what we read: Markdown, labels and attachments, looked up and not downloaded."""
    from langchain_community.document_loaders import ConfluenceLoader  # noqa: PLC0415

    loader = ConfluenceLoader(
        url=f"{url}/wiki", username=USER, api_key=API_TOKEN, cql=f"type=page and space in ({','.join(spaces)})",
        include_restricted_content=True, include_labels=True, limit=100, max_pages=MANY, keep_markdown_format=True,
        include_attachments=True, attachment_filter_func=lambda _attachment: False,
    )  # fmt: skip
    return lambda: (document.metadata["id"] for document in loader.lazy_load())


def langchain_usual(url: str, _folder: Path, spaces: Sequence[str]) -> Read:
    """A space key and nothing else, as in its documentation."""
    from langchain_community.document_loaders import ConfluenceLoader  # noqa: PLC0415

    def read() -> Iterator[str]:
        for space in spaces:
            loader = ConfluenceLoader(url=f"{url}/wiki", username=USER, api_key=API_TOKEN, space_key=space)
            for document in loader.lazy_load():
                yield document.metadata["id"]

    return read


def llamaindex(url: str, _folder: Path, spaces: Sequence[str]) -> Read:
    from llama_index.readers.confluence import ConfluenceReader  # noqa: PLC0415

    def read() -> Iterator[str]:
        reader = ConfluenceReader(base_url=f"{url}/wiki", user_name=USER, password=API_TOKEN)
        for space in spaces:
            for document in reader.load_data(space_key=space, page_status="current", max_num_results=MANY):
                yield document.doc_id

    return read


def exporter(url: str, folder: Path, spaces: Sequence[str]) -> Read:
    """Its own defaults; Jira is not asked, for there is none to ask."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "CME_CONFIG_PATH": str(folder / "config.json"),
        "CME_NON_INTERACTIVE": "1",
        "CME_EXPORT__OUTPUT_PATH": str(folder / "pages"),
        "CME_EXPORT__ENABLE_JIRA_ENRICHMENT": "false",
        "CME_EXPORT__LOG_LEVEL": "ERROR",
    }
    from confluence_markdown_exporter.confluence import Space, sync_removed_pages  # noqa: PLC0415
    from confluence_markdown_exporter.utils.app_data_store import set_setting_with_keys  # noqa: PLC0415
    from confluence_markdown_exporter.utils.lockfile import LockfileManager  # noqa: PLC0415

    login = {"username": USER, "api_token": API_TOKEN}
    set_setting_with_keys(["auth", "confluence", url], login)

    def read() -> Iterator[str]:
        LockfileManager.init()
        for space in spaces:
            Space.from_url(f"{url}/wiki/spaces/{space}").export()
            sync_removed_pages(url)
        yield from (str(file) for file in (folder / "pages").rglob("*.md"))

    return read


PEERS: dict[str, Callable[[str, Path, Sequence[str]], Read]] = {
    "LangChain, best, Markdown": langchain_markdown,
    "LangChain, best, bare text": langchain_text,
    "LangChain, best, with attachments": langchain_whole,
    "LangChain, as documented": langchain_usual,
    "LlamaIndex": llamaindex,
    "confluence-markdown-exporter": exporter,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("spaces", nargs="+")
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    outcome = Outcome()
    try:
        read = PEERS[chosen.name](chosen.url, chosen.folder, chosen.spaces)
    except Exception as error:  # noqa: BLE001  another project's, whatever it is: said
        outcome.error = f"cannot be used: {type(error).__name__}"
        print(error)
    else:
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            measured(outcome, read)
    tell(chosen.out, [outcome])


if __name__ == "__main__":
    main()
