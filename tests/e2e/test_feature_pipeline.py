"""The example state machine on the local stack: it reads a feature, waits where that helps, and fails by name."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import REPOSITORY
from tests.e2e.conftest import Stack, new_stack
from tests.e2e.journey import Member

pytestmark = pytest.mark.e2e

DEFINITION = REPOSITORY / "examples/feature-pipeline/state_machine.asl.json"
PAGE_READS = "GET /wiki/api/v2/pages/{id}"
WORKSPACE = "pipeline"


@dataclass
class Pipeline:
    """The machine, and a feature of two linked pages, read through the workspace's own connection."""

    stack: Stack
    machine: str
    feature_id: str
    prd_page: str

    def run(self) -> Any:
        """One execution, ended."""
        states = self.stack.aws("stepfunctions")
        event = json.dumps({"workspace": WORKSPACE, "feature_id": self.feature_id})
        arn = states.start_execution(stateMachineArn=self.machine, input=event)["executionArn"]
        deadline = time.monotonic() + 90
        while (ended := states.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, "the execution does not end"
            time.sleep(0.2)
        return ended

    def simulate(self, path: str, body: Any = None) -> Any:
        answer = httpx.post(f"{self.stack.simulator}/_simulator/{path}", json=body or {}, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def page_reads(self) -> int:
        told = httpx.get(f"{self.stack.simulator}/_simulator/requests", trust_env=False).json()
        return int(told["by_endpoint"].get(PAGE_READS, 0))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose Atlassian may ask to be left alone for minutes: background work heeds that for the whole site."""
    stack = new_stack(tmp_path_factory.mktemp("pipeline"))
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def pipeline(own: Stack) -> Iterator[Pipeline]:
    stack = own
    states, iam = stack.aws("stepfunctions"), stack.aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="feature-pipeline", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    functions = stack.aws("lambda")
    step = functions.get_function(FunctionName=stack.resources["FetchStepFunction"])["Configuration"]["FunctionArn"]
    definition = DEFINITION.read_text().replace("${FetchStepFunctionArn}", step)
    machine = states.create_state_machine(name="feature-pipeline", definition=definition, roleArn=role)
    token = stack.token(sub="operator", workspace=WORKSPACE, roles=("admin",))
    with Member(stack.url, token) as operator:
        connection = operator.connect("grace", owner="workspace")["id"]
        found = operator.all_items(f"/connections/{connection}/spaces/SHOP/pages")
        prd, trd = found[0]["id"], found[1]["id"]
        linked = {"connection_id": connection, "page_id": trd}
        feature = operator.create_feature(connection, prd, "link", trd=linked)
        yield Pipeline(stack, machine["stateMachineArn"], feature["id"], prd)


def test_it_reads_both_documents_and_marks_them_untrusted(pipeline: Pipeline) -> None:
    ended = pipeline.run()
    assert ended["status"] == "SUCCEEDED", ended
    feature = json.loads(ended["output"])["feature"]
    assert [document["role"] for document in feature["documents"]] == ["prd", "trd"]
    assert all(document["content"] and document["freshness"] == "live" for document in feature["documents"])
    assert {document["trust"] for document in feature["documents"]} == {"untrusted"}


def test_it_comes_again_when_atlassian_asks_it_to_slow_down(pipeline: Pipeline) -> None:
    fault = {"endpoint": PAGE_READS, "status": 429, "headers": {"retry-after": "600"}, "times": 1}
    pipeline.simulate("script", fault)
    before = pipeline.page_reads()
    ended = pipeline.run()
    assert ended["status"] == "SUCCEEDED", ended
    assert pipeline.page_reads() - before == 3  # refused, then both


def test_the_command_reads_a_page_by_its_url_through_the_step_and_over_http(pipeline: Pipeline, tmp_path: Path) -> None:
    stack, body = pipeline.stack, tmp_path / "body.md"
    body.write_text(f"@droid fill https://acme.atlassian.net/wiki/spaces/SHOP/pages/{pipeline.prd_page}")
    step = ["--function", stack.resources["FetchStepFunction"], "--workspace", WORKSPACE]
    token = stack.token(sub="reviewer", workspace=WORKSPACE, scope="connector/read")
    variables = {
        "PYTHONPATH": str(REPOSITORY / "pipeline"),
        "AWS_ENDPOINT_URL": stack.aws("lambda").meta.endpoint_url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "CONFLUENCE_CONTEXT_TOKEN": token,
    }
    for number, where in enumerate((step, ["--api", stack.url])):
        output = tmp_path / f"context-{number}.md"
        command = [sys.executable, "-c", "from confluence_context.main import run; run()"]
        ran = subprocess.run(
            [*command, "--body", str(body), "--output", str(output), *where],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert (ran.stdout, "untrusted" in output.read_text()) == ("", True)


def test_it_fails_clearly_when_a_page_is_trashed(pipeline: Pipeline) -> None:
    pipeline.simulate(f"pages/{pipeline.prd_page}/trash")
    try:
        ended = pipeline.run()
    finally:
        pipeline.simulate(f"pages/{pipeline.prd_page}/restore")
    assert (ended["status"], ended["error"]) == ("FAILED", "PageIsGone")
    assert "Could not fetch linked source" in ended["cause"]
    assert pipeline.run()["status"] == "SUCCEEDED"


def test_it_fails_clearly_when_the_connection_is_revoked(pipeline: Pipeline) -> None:
    pipeline.simulate("grants/revoke", {"account": "grace"})
    before = pipeline.page_reads()
    ended = pipeline.run()
    assert (ended["status"], ended["error"]) == ("FAILED", "ReconnectConfluence")
    assert "Reconnect Confluence" in ended["cause"]
    assert pipeline.page_reads() - before <= 2  # it is final: nobody tries again
