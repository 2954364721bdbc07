"""The dashboard shows every function, every alarm and every metric that the product counts (I5)."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

LAYER = REPOSITORY / "layers/shared/confluence_connector"
WIDTH = 24
NAME = re.compile(r"[A-Z][A-Za-z]+")


@pytest.fixture(scope="module")
def text(transformed: dict[str, Any]) -> str:
    (dashboard,) = of_type(transformed, "AWS::CloudWatch::Dashboard").values()
    body: str = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    return body


@pytest.fixture(scope="module")
def widgets(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return found


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in template["Resources"].items() if each["Type"] == kind}


def counted_in(file: Path) -> set[str]:
    """Metrics that a file counts: named in the call, or in a pair that a loop counts."""
    tree = ast.parse(file.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    first = [call.args[0] for call in calls if call.func.attr == "count" and call.args]  # type: ignore[attr-defined]
    named = {each.value for each in first if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    if any(isinstance(each, ast.Name) and each.id == "metric" for each in first):
        pairs = [node for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 2]
        heads = [pair.elts[0] for pair in pairs]
        named |= {each.value for each in heads if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return {name for name in named if NAME.fullmatch(name)}


def test_every_metric_that_is_counted_is_shown_and_no_other(widgets: list[dict[str, Any]]) -> None:
    counted = set().union(*(counted_in(file) for file in LAYER.rglob("*.py")))
    assert {"SyncRuns", "IssuesCreated", "UnhandledError"} <= counted
    metrics = [metric for each in widgets for metric in each["properties"].get("metrics", [])]
    ours = [metric for metric in metrics if metric[0] == "${AWS::StackName}"]
    assert {metric[1] for metric in ours} == counted
    assert all(metric[2:] == ["service", "confluence-connector"] for metric in ours)


@pytest.mark.parametrize(
    ("kind", "shown_as"),
    [
        ("AWS::Lambda::Function", '"FunctionName", "${%s}"'),
        ("AWS::CloudWatch::Alarm", '"${%s.Arn}"'),
        ("AWS::DynamoDB::Table", '"TableName", "${%s}"'),
        ("AWS::SQS::Queue", '"QueueName", "${%s.QueueName}"'),
    ],
)
def test_every_one_of_a_kind_is_shown(text: str, transformed: dict[str, Any], kind: str, shown_as: str) -> None:
    there = of_type(transformed, kind)
    assert there
    assert [name for name in there if shown_as % name not in text] == []


def test_what_it_names_exists(text: str, transformed: dict[str, Any]) -> None:
    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", text)}
    assert named - {"AWS::StackName", "AWS::Region"} <= set(transformed["Resources"])


def test_no_two_widgets_lie_on_each_other(widgets: list[dict[str, Any]]) -> None:
    taken: set[tuple[int, int]] = set()
    for each in widgets:
        x, y = each["x"], each["y"]
        fields = {(x + right, y + down) for right in range(each["width"]) for down in range(each["height"])}
        assert not fields & taken, each["properties"]["title"]
        assert x + each["width"] <= WIDTH
        taken |= fields
