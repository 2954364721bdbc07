"""The web edge: one error shape for whatever comes in, and nothing said that should not be (N1–N13, J13, J14)."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter

from confluence_connector.domain.connections import Connection
from confluence_connector.errors import ConnectorError
from confluence_connector.limits import REQUEST_BYTES
from confluence_connector.routes import ROUTES
from confluence_connector.telemetry import TALKATIVE
from confluence_connector.web.app import create_app
from confluence_connector.web.entry import SECURITY_HEADERS, serve
from tests import canary
from tests.abuse.route_matrix import PUBLIC, Row, signed_in_rows
from tests.aws import ENVIRONMENT
from tests.conftest import REPOSITORY
from tests.connecting import ANN, World
from tests.http import Answer, LambdaContext, Person, answered, event, route_of

JSON = {"content-type": "application/json"}
LARGE = 100_000  # one route is enough for those: the same code reads all bodies
CANARY = "canary-7f3a9c51-in-an-exception"
PROBLEM = {"type", "title", "status", "code", "detail", "remedy", "request_id"}


def said() -> list[Any]:
    """Everything logged so far, parsed: one JSON object a line."""
    return [json.loads(line) for line in canary.current().lines if line.strip()]


def assert_problem(answer: Answer, status: int) -> None:
    assert answer.status == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said.keys() >= PROBLEM
    assert (said["status"], said["request_id"]) == (status, "req-1")


def with_bodies() -> Iterator[Row]:
    return (row for row in signed_in_rows() if row.body is not None)


BAD_BODIES: dict[str, tuple[str | bytes, dict[str, str], int]] = {
    "no JSON": ("{", JSON, 422),
    "not an object": ("[]", JSON, 422),
    "a number": ("7", JSON, 422),
    "null": ("null", JSON, 422),
    "10,000 deep": ("[" * 10_000 + "]" * 10_000, JSON, 422),
    "33 deep": ('{"a":' * 33 + "1" + "}" * 33, JSON, 422),
    "a million brackets": ("[" * 1_000_000, JSON, 422),
    "a key twice": ('{"owner":"user","owner":"workspace","purposes":["link"]}', JSON, 422),
    "NaN": ('{"owner":NaN}', JSON, 422),
    "a lone surrogate": ('{"owner":"\\ud800"}', JSON, 422),
    "a number of 5,000 digits": (f'{{"owner":{"9" * 5000}}}', JSON, 422),
    "not UTF-8": (b'{"owner":"\xff"}', JSON, 422),
    "base64 of JSON that does not fit": (b'{"owner":1}', JSON, 422),
    "UTF-16": ('{"owner":"user"}'.encode("utf-16"), JSON, 422),
    "no content type": ("{}", {}, 415),
    "a form": ("owner=user", {"content-type": "application/x-www-form-urlencoded"}, 415),
    "text": ("{}", {"content-type": "text/plain"}, 415),
    "almost JSON": ("{}", {"content-type": "application/jsonp"}, 415),
    "too large": ('"' + "x" * REQUEST_BYTES + '"', JSON, 413),
    "too large in base64": (b'"' + b"x" * REQUEST_BYTES + b'"', JSON, 413),
}


@pytest.mark.parametrize("kind", BAD_BODIES)
def test_N8_bad_bodies_get_the_one_shape(world: World, kind: str) -> None:
    body, headers, status = BAD_BODIES[kind]
    rows = list(with_bodies())
    for row in rows if len(body) < LARGE else rows[:1]:
        path, _ = row.filled({"connection_id": world.runtime.new_id("con"), "sub": "x", "page_id": "1"})
        answer = world.api.call(ANN, row.method, path, body=body, headers=headers | row.headers)
        if status == 422 and answer.status in {200, 201, 403, 404}:  # a body may be left out there, and null is none
            assert kind == "null", f"{row.key}: {answer.text}"
            continue
        assert_problem(answer, status)
        assert "owner" not in answer.text.replace("body.owner", "")
    assert world.aws.items() == []


def test_N8_broken_base64(world: World) -> None:
    made = event("POST", "/connections", claims=ANN.claims, body="%%%", headers=JSON)
    made["isBase64Encoded"] = True
    assert_problem(answered(world.api.handler("oauth")(made, LambdaContext())), 400)


def test_N8_json_with_a_charset_is_json(world: World) -> None:
    body = json.dumps({"owner": "user", "purposes": ["link"]}).encode()
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert world.api.call(ANN, "POST", "/connections", body=body, headers=headers).status == 201


def test_N8_validation_says_which_field_and_echoes_nothing(world: World) -> None:
    hostile = "<script>evil</script>"
    body = {"owner": hostile, "purposes": [hostile], "return_to": 7, hostile: hostile, "x" * 50: 1, "workspace": 1}
    answer = world.api.call(ANN, "POST", "/connections", json_body=body)
    assert_problem(answer, 422)
    assert "evil" not in answer.text
    assert {(each["field"], each["problem"]) for each in answer.json()["fields"]} == {
        ("body.owner", "literal_error"),
        ("body.purposes.?", "literal_error"),
        ("body.return_to", "string_type"),
        ("body.?", "extra_forbidden"),
        ("body.workspace", "extra_forbidden"),
    }


def test_N8_unknown_routes_and_wrong_methods(world: World) -> None:
    for path in ("/", "/nowhere", "/connections/", "/connections/x/y/z/w", "//connections", "/CONNECTIONS", "/%2e%2e"):
        assert_problem(world.api.call(ANN, "GET", path), 404)
    for route in ROUTES:
        path = route.path.replace("{", "").replace("}", "")
        allowed = sorted(each.method for each in ROUTES if each.path == route.path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE"} - set(allowed):
            answer = world.api.call(ANN, method, path)
            assert_problem(answer, 405)
            assert answer.headers["allow"] == ", ".join(allowed)


def test_N6_preflight_succeeds(world: World) -> None:
    for path in ("/connections", "/documents/doc_1/content"):
        answer = world.api.call(None, "OPTIONS", path)
        assert (answer.status, answer.text) == (204, "")
    assert world.api.call(None, "OPTIONS", "/nowhere").status == 404


def test_N6_security_headers_on_every_answer(world: World) -> None:
    made = world.connect(ANN)
    ids = {"connection_id": made["id"], "sub": "x"}
    answers = [world.api.call(ANN, row.method, row.filled(ids)[0], json_body=row.body) for row in signed_in_rows()]
    answers += [world.browser().open(path) for path in PUBLIC]
    answers += [world.api.call(None, "OPTIONS", "/connections"), world.api.call(None, "GET", "/nowhere")]
    answers += [world.api.call(None, "GET", "/connections"), answered(world.api.handler("oauth")({}, LambdaContext()))]
    answers += [world.api.call(ANN, "POST", "/connections", body="{", headers=JSON)]
    for answer in answers:
        own_policy = "text/html" in answer.headers["content-type"]
        for name, value in SECURITY_HEADERS.items():
            if not (own_policy and name == "content-security-policy"):
                assert answer.headers[name] == value
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers, "CORS is the gateway's, for one origin"
        assert "server" not in answer.headers


def test_N7_no_documentation_routes(world: World) -> None:
    """Nowhere: no setting brings them back, so there is nothing to forget in production."""
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"):
        assert_problem(world.api.call(ANN, "GET", path), 404)


def test_N5_only_the_way_to_atlassian_and_agents_own_routes_are_without_jwt() -> None:
    by_agent_token = {route.path for route in ROUTES if route.function == "agent" and route.scope is None}
    assert by_agent_token == {"/agent/confluence", "/agent/approvals/{approval_id}", "/mcp"}
    assert {"/oauth/authorize", "/oauth/callback"} | by_agent_token == PUBLIC
    assert route_of("GET", "/nowhere") == ("oauth", "$default")


# ── what nobody expected ────────────────────────────────────────────────────────────────────────────────────────────


class Hostile(Exception):
    """Its text must reach nobody."""


def exploding(world: World, error: Exception) -> Any:
    """The oauth function with a route that raises."""
    router = APIRouter()

    @router.get("/providers")
    async def explode() -> None:
        raise error

    return serve(create_app("exploding", router, lambda: world.runtime))


@pytest.mark.parametrize(
    "error", [Hostile(CANARY), KeyError(CANARY), RecursionError(CANARY), ExceptionGroup(CANARY, [Hostile(CANARY)])]
)
def test_J13_unhandled_exception(world: World, error: Exception) -> None:
    answer = answered(exploding(world, error)(event("GET", "/providers", claims=ANN.claims), LambdaContext()))
    assert_problem(answer, 500)
    assert CANARY not in answer.text
    lines = said()
    (logged,) = [line for line in lines if line.get("message") == "unhandled"]
    assert (logged["kind"], logged["request_id"]) == (type(error).__name__, "req-1")
    (metric,) = [line for line in lines if "_aws" in line]
    assert metric["UnhandledError"] == [1.0]
    assert CANARY not in json.dumps(lines)


def test_J13_nothing_of_it_reaches_any_logger(world: World, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        exploding(world, Hostile(CANARY))(event("GET", "/providers", claims=ANN.claims), LambdaContext())
    assert CANARY not in caplog.text
    assert all(CANARY not in str(record.exc_info) for record in caplog.records)


def test_N2_one_json_object_a_line(world: World) -> None:
    hostile = 'a\r\nb\x1b[31m"}\n{"level":"FAKE"}\u2028'
    world.runtime.telemetry.warn("security_event", kind=hostile)
    (line,) = canary.current().lines
    assert json.loads(line)["kind"] == hostile
    assert line.isprintable(), "nothing that any reader takes for the end of a line"


def test_N13_logger_keys_of_the_invocation_before(world: World) -> None:
    telemetry = world.runtime.telemetry
    with telemetry.invocation("req-a"):
        telemetry._logger.append_keys(workspace="acme")
        telemetry.count("Something")
    canary.current().lines.clear()
    with telemetry.invocation("req-b"):
        telemetry.note("hello")
    (line,) = said()
    assert line["request_id"] == "req-b"
    assert "workspace" not in line


def in_use(connection: Connection) -> tuple[Any, ...]:
    return connection.status, connection.grant, connection.account, connection.site, connection.reason


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "Query", "AccessDeniedException"),
        ("dynamodb", "PutItem", "AccessDeniedException"),
        ("dynamodb", "DeleteItem", "AccessDeniedException"),
        ("dynamodb", "GetItem", "KMSAccessDeniedException"),
        ("secretsmanager", "CreateSecret", "AccessDeniedException"),
        ("secretsmanager", "CreateSecret", "DecryptionFailure"),
        ("secretsmanager", "GetSecretValue", "AccessDeniedException"),
    ],
)
def test_N12_aws_denies(world: World, service: str, operation: str, code: str) -> None:
    made = world.connect(ANN)
    browser = world.browser()
    url = browser.decide(browser.leave(world.reconnect(ANN, made["id"])["authorize_url"]), "grace")
    fresh = world.restarted()
    before = in_use(fresh.stored(made["id"]))
    world.aws.fail(service, operation, code)
    browser.world = fresh
    answers = [browser.open(url)]
    answers += [fresh.api.call(ANN, "GET", path) for path in ("/providers", f"/connections/{made['id']}")]
    answers.append(fresh.api.call(ANN, "POST", f"/connections/{made['id']}/reconnect"))
    tried = fresh.aws.count(operation)
    world.aws.heal()
    statuses = {answer.status for answer in answers}
    assert 503 in statuses
    assert 500 not in statuses
    assert any('"AppMisconfigured":[1.0]' in line for line in canary.current().lines)
    assert in_use(fresh.stored(made["id"])) == before, "nobody's connection changed"
    assert tried < 40, "no storm of retries"


def test_N12_throttled_table_is_no_misconfiguration(world: World) -> None:
    made = world.connect(ANN)
    world.aws.fail("dynamodb", "GetItem", "ThrottlingException")
    answer = world.api.call(ANN, "GET", f"/connections/{made['id']}")
    assert (answer.status, answer.code) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == str(answer.json()["retry_after"])


# ── importing, starting ─────────────────────────────────────────────────────────────────────────────────────────────


def fresh_python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = [str(REPOSITORY / part) for part in ("layers/shared", "functions/oauth")]
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(path)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_N11_importing_makes_no_client_and_needs_no_environment() -> None:
    done = fresh_python(
        "import oauth_handler, sys, botocore.client\n"
        "import gc; clients = [o for o in gc.get_objects() if isinstance(o, botocore.client.BaseClient)]\n"
        "print(len(clients), sorted({'boto3.session', 'moto', 'rich', 'click'} & sys.modules.keys()))"
    )
    assert (done.returncode, done.stdout.strip()) == (0, "0 []"), done.stderr


REQUIRED = sorted(
    set(ENVIRONMENT) - {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "RETURN_TARGETS"}
    - {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
)  # fmt: skip
START = "import oauth_handler; oauth_handler.handler({'requestContext': {}}, type('C', (), {'aws_request_id': 'r'})())"


@pytest.mark.parametrize("name", REQUIRED)
def test_J14_missing_variable_is_named(name: str) -> None:
    environment = ENVIRONMENT | {"KMS_KEY_ID": "key"}
    done = fresh_python(START, **{each: value for each, value in environment.items() if each != name})
    assert done.returncode != 0
    assert f"MisconfiguredEnvironment: missing or malformed: {name}" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSOLE_ORIGIN", "http://console.example.com"),
        ("PUBLIC_BASE_URL", "https://user:hunter2@connector.example.com"),
        ("RETURN_TARGETS", '{"app": "javascript:hunter2"}'),
        ("RETURN_TARGETS", "hunter2"),
    ],
)
def test_J14_malformed_variable_is_named_and_its_value_is_not(name: str, value: str) -> None:
    done = fresh_python(START, **(ENVIRONMENT | {"KMS_KEY_ID": "key", name: value}))
    assert done.returncode != 0
    assert f"missing or malformed: {name}" in done.stderr
    assert value not in done.stderr


def test_N1_person_with_a_hostile_name_is_not_logged(world: World) -> None:
    world.api.call(Person("<script>hunter2"), "GET", "/connections/none")
    assert said()
    assert "hunter2" not in str(said())


def test_N1_the_canary_itself_hears(world: World) -> None:
    """The search that follows every test would find a token in each of its sinks."""
    world.connect(ANN)
    (name,) = world.aws.secret_names()
    token = json.loads(world.aws.secrets.get_secret_value(SecretId=name)["SecretString"])["refresh_token"]
    with canary.watching() as other:
        other.plant(token)
        assert other.hits(world.aws) == []
        world.runtime.telemetry.note("leak", value=token)
        print(token)
        other.see_answer({}, token)
        ConnectorError(token)
        world.runtime.events.publish("Leak", {"value": token})
        found = {hit.partition(":")[0] for hit in other.hits(world.aws)}
    assert found == {"log", "answer", "error", "AWS call"}
    world.aws.calls.clear()  # what was planted here is no leak of ours
    canary.current().lines.clear()
    canary.current().errors.clear()


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_N1_linked_sentence_stays_in_the_answer_and_the_cache(
    world: World, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Import, read, read from the cache, refresh, fail: the search after this test finds it nowhere else.

    Lambda sets the root logger to LogLevel; at DEBUG the libraries would tell every body they send.
    """
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.NOTSET)
    caplog.set_level(level)
    world.simulator.editor().edit("524419084", world.clock(), storage=f"<p>{canary.LINKED_SENTENCE}</p>")
    made = world.connect(ANN)
    page = {"connection_id": made["id"], "page_id": "524419084"}
    body = {"name": "Carts", "folder": "", "default_mode": "link", "prd": page}
    feature = world.api.ok(ANN, "POST", "/features", body, headers={"idempotency-key": "canary"})
    path = f"/documents/{feature['documents'][0]['id']}"
    for method, what in (("GET", "content"), ("GET", "content"), ("POST", "refresh")):
        answer = world.api.ok(ANN, method, f"{path}/{what}")
        assert canary.LINKED_SENTENCE in answer["content"]
    world.simulator.revoke("grace")
    assert world.api.call(ANN, "POST", f"{path}/refresh").status == 409
    assert canary.LINKED_SENTENCE not in world.api.call(ANN, "GET", path).text
