"""A feature's name and folder, from the PRD's content (C3)."""

import pytest

from confluence_connector.domain.placement import FolderScore, Outline, folders_for, name_of, stripped
from confluence_connector.limits import NAME_LENGTH


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("PRD: Saved carts", "Saved carts"),
        ("[PRD] Saved carts", "Saved carts"),
        ("(prd) Saved carts", "Saved carts"),
        ("TRD - Saved carts", "Saved carts"),
        ("TRD – Saved carts", "Saved carts"),
        ("PRD | Saved carts", "Saved carts"),
        ("Saved carts (PRD)", "Saved carts"),
        ("Saved carts - PRD", "Saved carts"),
        ("[Draft] PRD: Saved carts (v2)", "Saved carts (v2)"),
        ("WIP: [PRD] Saved carts", "Saved carts"),
        ("Product Requirements Document: Saved carts", "Saved carts"),
        ("PRD-12 Saved carts", "PRD-12 Saved carts"),
        ("Drafting tools", "Drafting tools"),
        ("Self-service", "Self-service"),
        ("PRD", ""),
        ("Product requirements", ""),
    ],
)
def test_words_that_only_say_the_kind_of_document_are_stripped(title: str, name: str) -> None:
    assert stripped(title) == name


@pytest.mark.parametrize(
    ("markdown", "name"),
    [
        ("# Saved carts\n\nText.", "Saved carts"),
        ("Intro text.\n\n## PRD: Saved carts\n", "Saved carts"),
        ("# PRD\n\n## Saved carts\n", "Saved carts"),
        ("# Overview\n\nBuyers lose their carts. We keep them.\n", "Buyers lose their carts"),
        ("# **Saved** [carts](https://x.example) `v2`\n", "Saved carts v2"),
        ("```\n# not a heading\n```\n\n# Saved carts\n", "Saved carts"),
        ("Buyers lose 3.5 carts a day! We keep them.", "Buyers lose 3.5 carts a day!"),
        ("| Status | Draft |\n| --- | --- |\n| Owner | Ada |\n\nBuyers lose carts.", "Buyers lose carts"),
        ("*Macro livesearch*\n\nBuyers lose carts.", "Buyers lose carts"),
        ("> [!NOTE]\n> Buyers lose carts. Often.", "Buyers lose carts"),
        ("- Buyers lose carts.\n- Always.", "Buyers lose carts"),
        ("\\[PRD\\] Buyers lose carts.", "Buyers lose carts"),
        ("カートを保存する。次の文。", "カートを保存する"),
        ("", "The title"),
        ("![picture](https://x.example/a.png)\n", "The title"),
        ("# PRD\n", "The title"),
    ],
)
def test_name_is_first_real_heading_else_first_sentence_else_title(markdown: str, name: str) -> None:
    assert name_of(Outline.of(markdown), "PRD: The title") == name


def test_a_long_name_is_cut_between_words() -> None:
    name = name_of(Outline.of("# " + "word " * 100), "t")
    assert len(name) <= NAME_LENGTH
    assert name.endswith("word…")
    assert len(name_of(Outline.of("# " + "x" * 500), "t")) == NAME_LENGTH


def test_a_title_that_is_nothing_but_its_kind_stays() -> None:
    assert name_of(Outline.of(""), "PRD") == "PRD"


FOLDERS = {
    "": ["Saved carts of old"],
    "shop/checkout": ["Guest checkout", "Payment methods"],
    "shop/carts": ["Cart sharing"],
    "platform/observability": ["Log retention"],
    "people": [],
}


def test_folders_are_scored_by_the_words_they_share_with_name_and_content() -> None:
    outline = Outline.of("# Saved carts\n\nBuyers find their cart again at checkout.")
    found = folders_for("Saved carts", outline, FOLDERS)
    assert [each.path for each in found] == ["shop/carts", "shop/checkout"]
    assert all(0 < each.score <= 1 for each in found)


def test_features_in_a_folder_count_too() -> None:
    outline = Outline.of("Retention of every log line is thirty days.")
    assert folders_for("Keeping logs", outline, FOLDERS)[0].path == "platform/observability"


def test_nothing_in_common_suggests_nothing() -> None:
    assert folders_for("Kaffee", Outline.of("Filter und Mühle."), FOLDERS) == ()
    assert folders_for("", Outline.of(""), FOLDERS) == ()


def test_same_words_same_scores_whatever_the_order_of_folders() -> None:
    outline = Outline.of("# Saved carts\n\nBuyers find their cart again at checkout.")
    backwards = dict(reversed(FOLDERS.items()))
    assert folders_for("Saved carts", outline, FOLDERS) == folders_for("Saved carts", outline, backwards)


def test_equal_scores_are_in_order_of_their_path() -> None:
    folders = {"b/cart": [], "a/cart": []}
    found = folders_for("Cart", Outline.of(""), folders)
    assert [each.path for each in found] == ["a/cart", "b/cart"]
    assert isinstance(found[0], FolderScore)
