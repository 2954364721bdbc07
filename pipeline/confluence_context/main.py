"""`confluence-context`: takes a pull request's body, asks the connector for the pages it names, writes a context file.

Progress and failures go to standard error; standard output stays empty. `failures` documents the exit codes.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from confluence_context import bodies, context_file, failures
from confluence_context.connectors import ANSWER_SECONDS, Connector, HttpApi, PipelineStep, Question
from confluence_context.failures import Failure

TOKEN = "CONFLUENCE_CONTEXT_TOKEN"  # noqa: S105 — the variable's name; a token as an argument would be seen by everybody


def run() -> None:
    """The entry point."""
    sys.exit(main(sys.argv[1:], os.environ))


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code. After any other than 0 there is no context file, not even an earlier run's."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if bool(asked.function) != bool(asked.workspace):
        parser.error("--workspace goes with --function; over HTTP the token names it")
    output = Path(asked.output)
    try:
        context_file.remove(output)
        body = bodies.from_event(asked.github_event) if asked.github_event else bodies.from_file(asked.body)
        question = Question(body, asked.command, asked.connection, asked.max_age)
        with httpx.Client(timeout=ANSWER_SECONDS) as client:
            _tell("asking the connector for the pages that the body names")
            items = _connector(asked, environment, client).read(question)
        context_file.write(output, items)
    except Failure as failure:
        _tell(f"failed ({failure.code}): {failure.message}")
        for page in failure.pages:
            _tell(f"  {page['url']}: {page['code']}: {page['detail']} {page['remedy']}")
        return failure.exit_code
    for item in items:
        _tell(f"read {item['page']['url']} (version {item['page']['version']}, {item['freshness']})")
    _tell(f"wrote {output} and {context_file.sidecar_of(output).name}")
    return 0


def _connector(asked: argparse.Namespace, environment: Mapping[str, str], client: httpx.Client) -> Connector:
    if asked.api:
        if not environment.get(TOKEN):
            raise Failure("unauthenticated", f"The variable {TOKEN} holds no token for the HTTP API.")
        return HttpApi(asked.api, environment[TOKEN], client)
    import boto3  # noqa: PLC0415 — the HTTP API takes no AWS
    from botocore.config import Config  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        functions = boto3.client(
            "lambda", config=Config(read_timeout=ANSWER_SECONDS, retries={"total_max_attempts": 2})
        )
    except BotoCoreError as error:
        raise Failure("unauthenticated", f"AWS is not set up here: {type(error).__name__}.") from None
    return PipelineStep(asked.function, asked.workspace, functions, client)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "confluence-context",
        description=__doc__,
        epilog=failures.__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    body = parser.add_mutually_exclusive_group(required=True)
    body.add_argument("--body", metavar="FILE", help="the pull request's body; - is standard input")
    body.add_argument("--github-event", metavar="FILE", help="the event file of a workflow: $GITHUB_EVENT_PATH")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--function", metavar="ARN", help="the connector's pipeline step, with the AWS rights at hand")
    where.add_argument("--api", metavar="URL", help=f"the connector's HTTP API, with the token in {TOKEN}")
    parser.add_argument("--workspace", help="whose pages; needed with --function")
    parser.add_argument("--output", metavar="FILE", required=True, help="the context file; FILE.json goes beside it")
    parser.add_argument("--command", metavar="WORDS", help="what marks a page in the body (default: @droid fill)")
    parser.add_argument("--connection", metavar="ID", help="which connection to read through (default: by site)")
    parser.add_argument("--max-age", type=int, metavar="SECONDS", help="0 reads live (default: up to 600)")
    return parser


def _tell(line: str) -> None:
    """One printable line: an address from a body must not become a command to the runner."""
    sys.stderr.write("confluence-context: " + "".join(sign if sign.isprintable() else "�" for sign in line) + "\n")
