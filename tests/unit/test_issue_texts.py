"""Titles as summaries: one plain line, never empty, never too long (G5, M7)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_connector.domain.identifiers import CloudId, PageId
from confluence_connector.domain.issue_texts import global_id_of, page_url, summary_of
from confluence_connector.limits import SUMMARY_UNITS

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("PRD: Saved carts", "PRD: Saved carts"),
        ("Fixes #12 @org/team", "Fixes #12 @org/team"),
        ("*bold* {code} [x|y] <b>&amp;", "*bold* {code} [x|y] <b>&amp;"),
        ("  two\r\n\tlines\u2028and\u00a0more  ", "two lines and more"),
        ("\u202ereversed\u202c \u2066isolated\u2069 \u200bzero\ufeff", "reversed isolated zero"),
        ("nul\x00 esc\x1b[31m", "nul esc [31m"),
        (FAMILY, FAMILY),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("half \ud83d of one", "half \ufffd of one"),
        ("", "Untitled page"),
        (" \n\u200b\u202e", "Untitled page"),
        ("\u200d", "Untitled page"),
    ],
)
def test_M7_a_title_is_one_line_of_plain_text(title: str, summary: str) -> None:
    assert summary_of(title) == summary


@pytest.mark.parametrize("title", ["x" * 255, "😀" * 127 + "x"])
def test_what_fits_is_not_cut(title: str) -> None:
    assert summary_of(title) == title


@pytest.mark.parametrize("title", ["x" * 256, "😀" * 128, "x" + "😀" * 200, "word " * 100])
def test_what_is_too_long_is_cut_between_characters_and_says_so(title: str) -> None:
    summary = summary_of(title)
    assert SUMMARY_UNITS - 2 <= units(summary) <= SUMMARY_UNITS
    assert summary.endswith("…")
    assert title.startswith(summary[:-1])
    assert not summary[:-1].endswith(" ")


@given(st.text(st.characters(), max_size=400))
def test_M7_any_title_makes_a_summary_that_jira_takes(title: str) -> None:
    summary = summary_of(title)
    assert 1 <= units(summary) <= SUMMARY_UNITS
    assert summary == " ".join(summary.split()), "one line, without double spaces or ends"
    kinds = {unicodedata.category(each) for each in summary if each not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert summary_of(summary) == summary


def test_a_page_is_found_whatever_it_is_called_and_its_link_under_one_name() -> None:
    site = "https://acme.atlassian.net"
    assert page_url(site, PageId("7")) == f"{site}/wiki/pages/viewpage.action?pageId=7"
    assert global_id_of(CloudId("c-1"), PageId("7")) == "confluence-connector:c-1:7"
