"""The connector, asked for the pages that a body names: its pipeline step on Lambda, or its HTTP API.

Both answer the same, and refuse by the same codes. What answers anything else is not understood, never guessed at.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx

from confluence_context.failures import NO_ANSWER, UNEXPECTED, Failure, code_of

ANSWER_SECONDS: Final = 60
"""The connector itself gives up after 29."""
LARGEST_BYTES: Final = 200_000_000
DENIED: Final = {
    "AccessDeniedException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "InvalidSignatureException",
}


@dataclass(frozen=True)
class Question:
    """`max_age_seconds` 0 reads live; None leaves it to the connector (ten minutes)."""

    text: str
    command: str | None = None
    connection_id: str | None = None
    max_age_seconds: int | None = None

    def fields(self) -> dict[str, Any]:
        named = {"command": self.command, "connection_id": self.connection_id, "max_age": self.max_age_seconds}
        return {"text": self.text} | {name: value for name, value in named.items() if value is not None}


class Connector(Protocol):
    def read(self, question: Question) -> list[dict[str, Any]]:
        """Every page that was named, or a Failure."""


@dataclass(frozen=True)
class HttpApi:
    """POST /references as a signed-in caller. The token goes to `url` and nowhere else."""

    url: str
    token: str
    client: httpx.Client

    def read(self, question: Question) -> list[dict[str, Any]]:
        answer = _asked(
            self.client,
            "POST",
            f"{self.url.rstrip('/')}/references",
            json=question.fields(),
            headers={"authorization": f"Bearer {self.token}"},
        )
        found = _object(answer)
        if answer.is_success:
            return _items(found)
        if isinstance(found.get("download_url"), str):
            return _downloaded(self.client, found["download_url"])
        raise _refused(found)


@dataclass(frozen=True)
class PipelineStep:
    """The fetch step, invoked with the AWS rights of this process."""

    function: str
    workspace: str
    functions: Any  # boto3's client of Lambda
    client: httpx.Client

    def read(self, question: Question) -> list[dict[str, Any]]:
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError  # noqa: PLC0415

        event = {"workspace": self.workspace} | question.fields()
        try:
            answer = self.functions.invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
            found = json.loads(answer["Payload"].read())
        except ClientError as error:
            why = error.response["Error"]["Code"]
            known = {"ResourceNotFoundException": "not_found"} | dict.fromkeys(DENIED, "forbidden")
            raise Failure(known.get(why, NO_ANSWER), f"AWS refused to invoke the function: {why}.") from None
        except NoCredentialsError:
            raise Failure("unauthenticated", "There are no AWS credentials to invoke the function with.") from None
        except BotoCoreError as error:
            raise Failure(NO_ANSWER, f"AWS does not answer: {type(error).__name__}.") from None
        except ValueError:
            raise _not_understood() from None
        if not isinstance(found, dict):
            raise _not_understood()
        if "FunctionError" in answer:
            raise Failure(code_of(str(found.get("errorType"))), str(found.get("errorMessage")))
        if isinstance(found.get("download_url"), str):
            return _downloaded(self.client, found["download_url"])
        return _items(found)


def _downloaded(client: httpx.Client, url: str) -> list[dict[str, Any]]:
    """An answer too large for one response. The address is its own key; no token of ours goes there."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise _not_understood()
    answer = _asked(client, "GET", url)
    if not answer.is_success:
        raise Failure(NO_ANSWER, "The answer was too large for one response, and its download is not there any more.")
    return _items(_object(answer))


def _asked(client: httpx.Client, method: str, url: str, **options: Any) -> httpx.Response:
    """The whole answer, up to a bound. Redirects are not followed: a token would travel along."""
    try:
        with client.stream(method, url, follow_redirects=False, **options) as answer:
            read = bytearray()
            for piece in answer.iter_bytes():
                read += piece
                if len(read) > LARGEST_BYTES:
                    raise Failure("too_large", "The answer is larger than this command reads.")
            return httpx.Response(answer.status_code, content=bytes(read))
    except httpx.HTTPError as error:
        raise Failure(NO_ANSWER, f"The connector does not answer: {type(error).__name__}.") from None
    except httpx.InvalidURL:
        raise Failure(NO_ANSWER, "The connector's address is not a URL.") from None


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Failure(NO_ANSWER if answer.is_server_error else UNEXPECTED, "The answer is not one of the connector's.")
    return found


def _items(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pages, each with all that a context file tells of it; fewer than one is no answer."""
    items = found.get("items")
    try:
        assert isinstance(items, list) and items  # noqa: PT018, S101 — all that follows fails alike
        for item in items:
            texts = [item["url"], item["markdown"], item["last_synced"], item["freshness"], item["state"]]
            page = item["page"]
            texts += [page["title"], page["url"], page["space_key"], page["page_id"], page["site_url"]]
            assert all(isinstance(text, str) for text in texts)  # noqa: S101
            assert isinstance(page["version"], int)  # noqa: S101
            assert isinstance(item["age_seconds"], int)  # noqa: S101
            assert item["trust"] == "untrusted"  # noqa: S101
            assert isinstance(item["losses"], list)  # noqa: S101
            assert isinstance(item["read_as"]["owner"], str)  # noqa: S101
    except (AssertionError, KeyError, TypeError):
        raise _not_understood() from None
    return list(items)


def _refused(problem: Mapping[str, Any]) -> Failure:
    listed = problem.get("failures")
    pages = [
        {name: str(each.get(name, "")) for name in ("url", "code", "detail", "remedy")}
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]
    message = " ".join(str(problem.get(part, "")) for part in ("detail", "remedy"))
    return Failure(str(problem.get("code", UNEXPECTED)), message, pages)


def _not_understood() -> Failure:
    return Failure(UNEXPECTED, "The answer is not one of the connector's.")
