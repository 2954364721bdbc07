"""The template keeps every rule, and linters find nothing in it or in what CloudFormation makes of it."""

import json
from pathlib import Path
from typing import Any

import pytest

import tests.meta.template_rules_data  # noqa: F401 - registers its rules
from confluence_connector.runtime import SERVICE
from confluence_connector.telemetry import StructuredTelemetry
from tests.conftest import REPOSITORY
from tests.meta.conftest import SAM, run
from tests.meta.template_rules import RULES


@pytest.mark.parametrize("name", RULES)
def test_N4_the_template_keeps_the_rule(name: str, transformed: dict[str, Any]) -> None:
    assert list(RULES[name](transformed)) == []


@pytest.mark.parametrize(
    "name",
    [
        "roles_allow_what_is_listed_and_no_more",
        "no_right_is_a_wildcard",
        "secrets_are_written_below_the_prefix_only",
    ],
)
def test_N3_no_function_may_do_more_than_it_needs(name: str, transformed: dict[str, Any]) -> None:
    assert list(RULES[name](transformed)) == []


def test_N5_only_consents_and_agents_come_in_without_a_member(transformed: dict[str, Any]) -> None:
    assert list(RULES["only_consents_and_agents_come_in_without_a_member"](transformed)) == []


def test_K11_what_the_scheduler_cannot_deliver_is_kept_and_rings(transformed: dict[str, Any]) -> None:
    assert list(RULES["schedules_have_a_place_for_what_cannot_be_delivered"](transformed)) == []
    assert list(RULES["what_must_ring_rings"](transformed)) == []


def test_the_alarm_hears_the_metric_that_the_code_writes(
    transformed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Namespace, name and dimensions of a metric as CloudWatch would take it from the log, and those of the alarm."""
    resources = transformed["Resources"]
    alarm = resources["AppMisconfiguredAlarm"]["Properties"]
    function = resources["FetchFunction"]["Properties"]["Environment"]["Variables"]
    assert alarm["Namespace"] == function["METRICS_NAMESPACE"] == {"Ref": "AWS::StackName"}
    telemetry = StructuredTelemetry(SERVICE, "a-stack")
    with telemetry.invocation("r-1"):
        telemetry.count(alarm["MetricName"])
    written = json.loads(capsys.readouterr().out)
    (metrics,) = written["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "a-stack"
    assert [{"Name": name, "Value": written[name]} for name in metrics["Dimensions"][0]] == alarm["Dimensions"]


def test_sam_finds_nothing() -> None:
    done = run(SAM / "sam", "validate", "--lint")
    assert done.returncode == 0, done.stdout + done.stderr


def test_cfn_lint_finds_nothing_after_the_transform(transformed: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "transformed.json"
    file.write_text(json.dumps(transformed))
    done = run(REPOSITORY / ".venv/bin/cfn-lint", file)
    assert done.returncode == 0, done.stdout
