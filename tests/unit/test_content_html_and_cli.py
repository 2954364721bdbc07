"""Markdown to HTML, and the command line."""

# ruff: noqa: E501  one row of a table is one line, however long its page

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from confluence_connector.content import to_html, to_markdown
from confluence_connector.content.__main__ import main

LAYER = Path(__file__).parents[2] / "layers" / "shared"


def soup(markdown):
    return BeautifulSoup(to_html(markdown), "lxml")


@pytest.mark.parametrize("kind", ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"])
def test_alerts_are_boxes(kind):
    box = soup(f"> [!{kind}]\n> **T**\n>\n> - a\n>\n> > q").select_one("div.alert")
    assert box["class"] == ["alert", f"alert-{kind.lower()}"]
    assert box.select_one("p.alert-title").get_text() == kind.capitalize()
    assert box.select_one("strong").get_text() == "T"
    assert box.select_one("li").get_text() == "a"
    assert box.select_one("blockquote").get_text(strip=True) == "q"
    assert f"[!{kind}]" not in box.get_text()


def test_a_plain_quote_stays_one():
    assert soup("> a").select_one("blockquote").get_text(strip=True) == "a"


def test_tasks_are_disabled_boxes():
    items = soup("- [x] a\n- [ ] b").select("li.task")
    assert [(i.select_one("input").has_attr("checked"), i.select_one("input").has_attr("disabled")) for i in items] == [
        (True, True),
        (False, True),
    ]
    assert [item.get_text(strip=True) for item in items] == ["a", "b"]


def test_links_tell_nothing_and_pass_nothing_on():
    found = soup("[a](https://example.org/) [b](/wiki/x) [c](#d) [e](mailto:a@b.example)").select("a")
    assert [link["href"] for link in found] == ["https://example.org/", "/wiki/x", "#d", "mailto:a@b.example"]
    assert all(link["rel"] == ["noopener", "nofollow"] for link in found)


def test_tables_code_and_details_come_through():
    body = (
        '<table><tbody><tr><td colspan="2"><ul><li>a</li></ul></td></tr></tbody></table>'
        '<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">T</ac:parameter><ac:rich-text-body>'
        '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">py</ac:parameter><ac:plain-text-body><![CDATA[<b>]]></ac:plain-text-body></ac:structured-macro>'
        "</ac:rich-text-body></ac:structured-macro>"
    )
    page = soup(to_markdown(body).markdown)
    assert page.select_one("td")["colspan"] == "2"
    assert page.select_one("td li").get_text() == "a"
    assert page.select_one("details > summary").get_text() == "T"
    assert page.select_one("details pre code.language-python").get_text() == "<b>\n"


def test_foreign_html_is_cleaned():
    html = to_html(
        '<div class="alert alert-note evil" id="x" style="color:red" onclick="y"><form><input type="text" name="q"></form>a</div>'
    )
    page = BeautifulSoup(html, "lxml")
    assert page.select_one("div").attrs == {}
    assert not page.select("form")
    assert "type" not in page.select_one("input").attrs


def run(*arguments, given=None):
    command = [sys.executable, "-m", "confluence_connector.content", *arguments]
    return subprocess.run(command, input=given, capture_output=True, env={"PYTHONPATH": str(LAYER)}, check=False)


def test_command_line_reads_standard_input_and_prints_markdown():
    done = run(
        "--from",
        "storage",
        "--base-url",
        "https://acme.atlassian.net",
        "-",
        given="<p>é <a href='/wiki/x'>b</a></p>".encode(),
    )
    assert (done.returncode, done.stdout.decode(), done.stderr) == (
        0,
        "é [b](https://acme.atlassian.net/wiki/x)\n",
        b"",
    )


def test_command_line_prints_the_report(tmp_path, capsysbinary):
    page = tmp_path / "page.xml"
    page.write_text('<ac:structured-macro ac:name="toc"/><p>a</p>')
    assert main(["--from", "storage", "--report", str(page)]) == 0
    assert json.loads(capsysbinary.readouterr().out) == {
        "degraded": False,
        "losses": [{"kind": "dynamic", "name": "macro toc", "count": 1, "where": "top"}],
    }


def test_command_line_resolves_names(tmp_path, capsysbinary):
    page = tmp_path / "page.adf"
    page.write_text(
        json.dumps(
            {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "u"}}]}]}
        )
    )
    names = tmp_path / "names.json"
    for table in ({"users": {"u": "Ada"}}, {"u": "Ada"}):
        names.write_text(json.dumps(table))
        assert main(["--from", "adf", "--resolve", str(names), str(page)]) == 0
        assert capsysbinary.readouterr().out == b"@Ada\n"


@pytest.mark.parametrize(
    ("source", "given"), [("adf", b"{"), ("adf", b"\xff\xfe"), ("storage", b"<!DOCTYPE x [<!ENTITY a 'b'>]><p/>")]
)
def test_command_line_refuses_the_unreadable_in_one_line(source, given):
    done = run("--from", source, "-", given=given)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_command_line_without_the_file(tmp_path, capsys):
    assert main(["--from", "storage", str(tmp_path / "absent")]) == 2
    assert capsys.readouterr().err == "cannot read the input: FileNotFoundError\n"


def test_importing_the_package_loads_no_parser():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import confluence_connector.content as content\n"
        "print(sorted({'markdown_it', 'nh3', 'pyexpat', 'lxml', 'boto3', 'httpx', 'fastapi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(LAYER)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
