"""Real pages: what their readers see comes back, from storage and from ADF alike. Scored by meaning, not by bytes."""

import importlib.util
import re
from html.parser import HTMLParser

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from confluence_connector.content import NO_NAMES, to_markdown
from confluence_connector.content.names import ListedNames

SITE = "https://querypie.atlassian.net"
BEST = {"words": 0.998, "rows": 1.0, "links": 1.0, "code": 1.0, "images": 1.0, "headings": 1.0, "lists": 0.998}
MOST_NOISE = 0.010
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.fixture(scope="module")
def scorer(spec):
    module = importlib.util.spec_from_file_location("score_markdown", spec / "pages" / "score_markdown.py")
    loaded = importlib.util.module_from_spec(module)
    module.loader.exec_module(loaded)
    return loaded


def score(scorer, spec, name, representation, names=NO_NAMES):
    pages = []
    for folder in sorted((spec / "pages" / "real").iterdir()):
        if (folder / "page.html").exists() and (folder / name).exists():
            result = to_markdown((folder / name).read_text(), representation, names=names, base_url=SITE)
            assert not result.degraded
            pages.append((folder, result.markdown))
    assert len(pages) >= 8
    return scorer.score(pages)


def test_storage_reaches_the_best_of_every_column_at_once(scorer, spec):
    scores = score(scorer, spec, "page.xhtml", "storage")
    assert {column: scores[column] for column in BEST if scores[column] < BEST[column]} == {}
    assert scores["noise"] <= MOST_NOISE


def test_adf_reaches_it_with_names(scorer, spec):
    names = ListedNames(names_of(spec))
    scores = score(scorer, spec, "page.adf", "atlas_doc_format", names)
    assert {column: scores[column] for column in BEST if scores[column] < BEST[column]} == {}
    assert scores["noise"] <= MOST_NOISE


def test_adf_without_names_lacks_only_what_its_bodies_lack(scorer, spec):
    scores = score(scorer, spec, "page.adf", "atlas_doc_format")
    assert scores["images"] >= 0.65
    assert scores["links"] >= 0.88
    assert scores["code"] == scores["headings"] == 1.0
    assert scores["noise"] <= MOST_NOISE


class _Resources(HTMLParser):
    """File names by media id and titles by page id, as the rendered view carries them."""

    def __init__(self):
        super().__init__()
        self.table = {"attachments": {}, "pages": {}}
        self._page = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "data-media-id" in given:
            self.table["attachments"][given["data-media-id"]] = given["data-linked-resource-default-alias"]
        if tag == "a":
            self._page = given["data-linked-resource-id"] if given.get("data-linked-resource-type") == "page" else None

    def handle_data(self, data):
        if self._page:
            self.table["pages"].setdefault(self._page, data)

    def handle_endtag(self, tag):
        if tag == "a":
            self._page = None


def names_of(spec):
    reader = _Resources()
    for page in sorted((spec / "pages" / "real").glob("*/page.html")):
        reader.feed(page.read_text())
    return reader.table


def without_targets(markdown):
    """Storage names pages by title and ADF by URL; everything else must agree."""
    return re.sub(r"\]\([^)]*\)", "]", markdown)


def test_storage_and_adf_of_one_page_agree(spec):
    names = ListedNames(names_of(spec))
    for folder in sorted((spec / "pages" / "real").iterdir()):
        if (folder / "page.adf").exists():
            storage = to_markdown((folder / "page.xhtml").read_text(), names=names, base_url=SITE).markdown
            adf = to_markdown(
                (folder / "page.adf").read_text(), "atlas_doc_format", names=names, base_url=SITE
            ).markdown
            assert without_targets(storage) == without_targets(adf), folder.name


# ── golden pairs: another project's Markdown and the storage that it was turned into ────────────────────────────────


def structure(markdown):
    soup = BeautifulSoup(RENDERER.render(markdown), "lxml")
    return {
        "headings": [(h.name, h.get_text(" ", strip=True)) for h in soup.select("h1,h2,h3,h4,h5,h6")],
        "code": [pre.get_text().strip() for pre in soup.select("pre")],
        "cells": [
            cells
            for tr in soup.select("tr")
            # An image of another site is a link here, named "image" where it has no description.
            if (
                cells := [
                    text for c in tr.select("td,th") if (text := c.get_text(" ", strip=True)) not in {"", "image"}
                ]
            )
        ],
        "items": [" ".join(li.get_text(" ", strip=True).split()) for li in soup.select("li")],
        "links": [a.get_text(strip=True).removeprefix("mailto:") for a in soup.select("a[href]")],
    }


def words(markdown):
    return set(re.findall(r"\w+", BeautifulSoup(RENDERER.render(markdown), "lxml").get_text(" ").lower()))


# What a pair need not share: the Markdown's dialect has admonitions (indented), images and lozenges by reference, and
# an image of another site is a link here.
DIALECT = {
    "admonition": {"code", "links"},
    "basic": set(),
    "code": set(),
    "images": {"links"},
    "sections": set(),
    "status": {"items"},
    "table": {"links"},
    "tasklist": set(),
    "toc": set(),
}


def golden(spec, name):
    """The Markdown of a pair without its front matter, and what comes back from its storage."""
    folder = spec / "pages" / "golden"
    source = re.sub(r"\A---\n.*?\n---\n", "", (folder / f"{name}.md").read_text(), flags=re.DOTALL)
    return source, to_markdown((folder / f"{name}.xml").read_text())


def test_every_golden_pair_is_compared(spec):
    folder = spec / "pages" / "golden"
    assert {file.stem for file in folder.glob("*.md") if file.with_suffix(".xml").exists()} == set(DIALECT)


@pytest.mark.parametrize("name", DIALECT)
def test_golden_text_comes_back(spec, name):
    source, result = golden(spec, name)
    assert not result.degraded
    # Syntax that CommonMark does not know is not text: admonition and macro markers, marks of other dialects.
    source = re.sub(r"^!!! \w+|==|^    |mailto:|\[\[_\w+_\]\]", "", source, flags=re.MULTILINE)
    source = source.replace("~2~", "2").replace("^-ix^", "-ix")
    source = re.sub(r"</?su[bp]>", "", source)
    assert words(source) - words(re.sub(r"</?su[bp]>", "", result.markdown)) == set()


@pytest.mark.parametrize("name", DIALECT)
def test_golden_structure_comes_back(spec, name):
    source, result = golden(spec, name)
    expected, found = structure(source), structure(result.markdown)
    for part in expected.keys() - DIALECT[name]:
        assert found[part] == expected[part], part


def test_golden_lists_of_lozenges_and_images_come_back(spec):
    source, result = golden(spec, "status")
    names = re.findall(r"^\* !\[(\w+)\]", source, flags=re.MULTILINE)
    assert structure(result.markdown)["items"] == names
    assert len(names) >= 6
    source, result = golden(spec, "images")
    # A folder of the source is part of the attachment's name.
    files = [path.replace("/", "_") for path in re.findall(r"\]\((figure/[^)\s]+)", source)]
    assert re.findall(r"!\[[^\]]*\]\(([^)\s]+)", result.markdown) == files
    assert len(files) >= 6
