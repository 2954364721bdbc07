"""The local front answers as API Gateway does: routes, authorizer, events, CORS, limits, refusals in the one shape."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from local.authorizer import JwtAuthorizer, Unauthorized, render_claim
from local.console import Console
from local.gateway import Gateway
from local.http_api import HttpApi
from local.issuer import LocalIssuer
from local.lambda_worker import Outcome, failure

ORIGIN = "http://127.0.0.1:8080"
ISSUER = f"{ORIGIN}/local/issuer"


def operation(function: str, security: str) -> dict[str, Any]:
    uri = {"Fn::Sub": f"arn:aws:apigateway:x:lambda:path/functions/${{{function}.Arn}}/invocations"}
    return {"x-amazon-apigateway-integration": {"uri": uri}, "security": [{security: []}]}


TEMPLATE = {
    "Resources": {
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Body": {
                    "paths": {
                        "/things": {"get": operation("Things", "Oidc"), "post": operation("Things", "Oidc")},
                        "/things/{id}": {"get": operation("Things", "Oidc")},
                        "/things/special": {"get": operation("Special", "Oidc")},
                        "/oauth/callback": {"get": operation("Public", "NONE")},
                        "/{proxy+}": {"options": operation("Default", "NONE")},
                        "/$default": {"x-amazon-apigateway-any-method": operation("Default", "Oidc")},
                    },
                    "components": {
                        "securitySchemes": {
                            "Oidc": {
                                "x-amazon-apigateway-authorizer": {
                                    "jwtConfiguration": {"issuer": {"Ref": "Issuer"}, "audience": [{"Ref": "Audience"}]}
                                }
                            }
                        }
                    },
                    "x-amazon-apigateway-cors": {
                        "allowOrigins": [{"Ref": "ConsoleOrigin"}],
                        "allowMethods": ["GET", "POST"],
                        "allowHeaders": ["authorization"],
                        "exposeHeaders": ["etag"],
                        "maxAge": 600,
                    },
                }
            },
        }
    }
}
PARAMETERS = {"Issuer": ISSUER, "Audience": "api", "ConsoleOrigin": ORIGIN}


class Front:
    """A gateway whose functions are one Python function; `calls` are (function, event)."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.outcome = Outcome(b'{"statusCode": 200, "body": "{}", "headers": {"content-type": "application/json"}}')
        self.issuer = LocalIssuer(ISSUER, "api", key_file)
        (folder / "web" / "sub").mkdir(parents=True)
        (folder / "web" / "index.html").write_text("<!doctype html>")
        (folder / "web" / "app.js").write_text("1")
        (folder / "secret").write_text("s")
        self.hangs = False
        console = Console(folder / "web")
        api = HttpApi(TEMPLATE, PARAMETERS)
        self.gateway = Gateway(api, self.issuer, self._invoke, console, integration_seconds=0.05)

    async def _invoke(self, function: str, event: bytes) -> Outcome:
        self.calls.append((function, json.loads(event)))
        if self.hangs:
            await asyncio.Event().wait()
        return self.outcome

    def token(self, **claims: Any) -> str:
        return self.issuer.token(**({"sub": "ann", "workspace": "w"} | claims))

    def send(self, method: str, path: str, *, signed: bool = True, **options: Any) -> httpx.Response:
        headers = ({"authorization": f"Bearer {self.token()}"} if signed else {}) | options.pop("headers", {})

        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.gateway)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(run())

    @property
    def event(self) -> dict[str, Any]:
        return self.calls[-1][1]


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issuer") / "key.json"


@pytest.fixture
def front(tmp_path: Path, key_file: Path) -> Front:
    return Front(tmp_path, key_file)


@pytest.mark.parametrize(
    ("method", "path", "function", "key"),
    [
        ("GET", "/things", "Things", "GET /things"),
        ("GET", "/things/7", "Things", "GET /things/{id}"),
        ("GET", "/things/special", "Special", "GET /things/special"),
        ("GET", "/things/7/more", "Default", "$default"),
        ("DELETE", "/things/7", "Default", "$default"),
        ("GET", "/things/", "Default", "$default"),
        ("GET", "/oauth/callback", "Public", "GET /oauth/callback"),
        ("OPTIONS", "/things/7", "Default", "OPTIONS /{proxy+}"),
    ],
)
def test_the_most_specific_route_answers(front: Front, method: str, path: str, function: str, key: str) -> None:
    front.send(method, path)
    assert [(name, event["routeKey"]) for name, event in front.calls] == [(function, key)]


def test_the_event_is_payload_2_0(front: Front) -> None:
    front.send(
        "GET",
        "/things/a%7Cb%252F?q=a%20b&q=c&empty=",
        headers={"Cookie": "one=1; two=2", "X-Many": "1"},
    )
    event = front.event
    assert event["version"] == "2.0"
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/things/a|b%2F"
    assert event["pathParameters"] == {"id": "a|b%2F"}
    assert event["rawQueryString"] == "q=a%20b&q=c&empty="
    assert event["queryStringParameters"] == {"q": "a b,c", "empty": ""}
    assert event["cookies"] == ["one=1", "two=2"]
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-many"] == "1"
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["requestContext"]["stage"] == "$default"
    assert "body" not in event


def test_paths_are_decoded_before_they_are_matched(front: Front) -> None:
    front.send("GET", "/things/a%2Fb")
    assert (front.event["routeKey"], front.event["rawPath"]) == ("$default", "/things/a/b")
    front.send("GET", "/things/a%3Fb?c=d")
    assert (front.event["rawPath"], front.event["rawQueryString"]) == ("/things/a", "c=d")


def test_text_bodies_arrive_as_text_and_others_as_base64(front: Front) -> None:
    front.send("POST", "/things", json={"a": "ä"})
    assert (json.loads(front.event["body"]), front.event["isBase64Encoded"]) == ({"a": "ä"}, False)
    front.send("POST", "/things", content=b"\xff\x00", headers={"content-type": "application/octet-stream"})
    assert (base64.b64decode(front.event["body"]), front.event["isBase64Encoded"]) == (b"\xff\x00", True)


def test_claims_arrive_as_strings(front: Front) -> None:
    front.send("GET", "/things", headers={"authorization": f"Bearer {front.token(roles=['admin', 'b'])}"})
    claims = front.event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert claims["roles"] == "[admin b]"
    assert claims["exp"].isdecimal()
    assert (render_claim(True), render_claim([]), render_claim({"a": [1]})) == ("true", "[]", "map[a:[1]]")


def test_N5_public_routes_carry_no_claims(front: Front) -> None:
    front.send("GET", "/oauth/callback?code=1")
    assert "authorizer" not in front.event["requestContext"]


def forge(front: Front, header: dict[str, Any], key: RSAKey | None = None, **claims: Any) -> str:
    """A token signed with the issuer's key unless another is given; a claim of None is left out."""
    now = int(time.time())
    valid = {"iss": ISSUER, "aud": "api", "sub": "ann", "exp": now + 60, "nbf": now, "iat": now}
    kept = {name: value for name, value in (valid | claims).items() if value is not None}
    head = {"kid": front.issuer._key.kid} | header
    if header["alg"] in {"none", "HS256"}:  # no honest library signs these, so they are put together by hand
        signed = ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, kept)
        )
        mac = hmac.digest(front.issuer._key.as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}." + (base64.urlsafe_b64encode(mac).decode().rstrip("=") if header["alg"] == "HS256" else "")
    free = {
        name: value for name, value in front.issuer._key.as_dict(private=True).items() if name not in {"alg", "use"}
    }
    return jwt.encode(head, kept, key or RSAKey.import_key(free), algorithms=[header["alg"]])


FORGED: dict[str, Callable[[Front], str]] = {
    "nothing": lambda _: "",
    "not a token": lambda _: "abc.def",
    "alg none": lambda front: forge(front, {"alg": "none"}),
    "HS256 with the public key": lambda front: forge(front, {"alg": "HS256"}),
    "another key": lambda front: forge(front, {"alg": "RS256"}, RSAKey.generate_key(2048)),
    "kid is a path": lambda front: forge(front, {"alg": "RS256", "kid": "../../etc/passwd"}),
    "jku": lambda front: forge(
        front, {"alg": "RS256", "kid": "x", "jku": "http://127.0.0.1:1/k"}, RSAKey.generate_key(2048)
    ),
    "expired": lambda front: forge(front, {"alg": "RS256"}, exp=int(time.time()) - 1),
    "no expiry": lambda front: forge(front, {"alg": "RS256"}, exp=None),
    "not yet": lambda front: forge(front, {"alg": "RS256"}, nbf=int(time.time()) + 3600),
    "another issuer": lambda front: forge(front, {"alg": "RS256"}, iss="https://evil.example"),
    "another audience": lambda front: forge(front, {"alg": "RS256"}, aud="other"),
    "no audience": lambda front: forge(front, {"alg": "RS256"}, aud=None),
    "signature cut": lambda front: front.token()[:-4],
    "other algorithm": lambda front: forge(front, {"alg": "RS512"}),
}


@pytest.mark.parametrize("name", FORGED)
def test_G5_forged_tokens_are_refused(front: Front, name: str) -> None:
    refused = front.send("GET", "/things", headers={"authorization": f"Bearer {FORGED[name](front)}".strip()})
    assert refused.status_code == 401
    assert refused.json()["code"] == "unauthenticated"
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert front.calls == []


def test_a_list_of_audiences_and_client_id_are_audiences(front: Front) -> None:
    authorizer = JwtAuthorizer(ISSUER, ["api"], front.issuer.public_keys)
    assert authorizer.claims(forge(front, {"alg": "RS256"}, aud=["x", "api"]))["aud"] == "[x api]"
    assert authorizer.claims("Bearer " + forge(front, {"alg": "RS256"}, aud=None, client_id="api"))["sub"] == "ann"
    with pytest.raises(Unauthorized):
        JwtAuthorizer(ISSUER, ["api"], KeySet([])).claims(front.token())


def test_N8_a_body_over_ten_megabytes_is_refused_unread(front: Front) -> None:
    refused = front.send("POST", "/things", content=b"x" * (10 * 2**20 + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert front.calls == []


def test_refusals_have_the_one_shape(front: Front) -> None:
    refused = front.send("GET", "/things", signed=False)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json().keys() == {"type", "title", "status", "code", "detail", "remedy", "request_id"}


@pytest.mark.parametrize(
    ("error_type", "status", "code"),
    [
        ("Sandbox.Timedout", 503, "service_unavailable"),
        ("TooManyRequestsException", 429, "too_many_requests"),
        ("RequestEntityTooLargeException", 413, "too_large"),
        ("ValueError", 500, "internal_error"),
    ],
)
def test_a_function_that_fails_says_nothing_of_why(front: Front, error_type: str, status: int, code: str) -> None:
    front.outcome = failure(error_type, "canary")
    refused = front.send("GET", "/things")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert "canary" not in refused.text


def test_a_function_that_hangs_is_not_waited_for(front: Front) -> None:
    front.hangs = True
    refused = front.send("GET", "/things")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


def test_answers_pass_with_cookies_and_bytes(front: Front) -> None:
    answer = {"statusCode": "201", "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}
    front.outcome = Outcome(json.dumps(answer | {"cookies": ["a=1", "b=2"], "headers": {"x": True}}).encode())
    got = front.send("GET", "/things")
    assert (got.status_code, got.content, got.headers["x"]) == (201, b"\x00\xff", "true")
    assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]
    front.outcome = Outcome(b'{"plain": 1}')
    assert front.send("GET", "/things").json() == {"plain": 1}


def test_N6_only_our_origin_is_allowed(front: Front) -> None:
    asks = {"access-control-request-method": "POST"}
    ours = front.send("OPTIONS", "/things", signed=False, headers={"origin": ORIGIN} | asks)
    assert ours.status_code == 204
    assert ours.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in ours.headers
    for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example"):
        theirs = front.send("OPTIONS", "/things", signed=False, headers={"origin": origin} | asks)
        assert "access-control-allow-origin" not in theirs.headers
    assert front.calls == []


def test_another_host_name_is_refused(front: Front) -> None:
    assert front.send("GET", "/", signed=False, headers={"host": "rebound.example:8080"}).status_code == 403


def test_the_console_is_served_and_nothing_beside_it(front: Front) -> None:
    page = front.send("GET", "/", signed=False)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert front.send("GET", "/app.js", signed=False).text == "1"
    assert front.send("HEAD", "/app.js", signed=False).text == ""
    for path in ("/../secret", "/%2e%2e/secret", "/sub", "/nothing.js", "/%00"):
        assert front.send("GET", path, signed=False).status_code == 401
    assert front.send("POST", "/app.js", signed=False).status_code == 401


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"sub": "a", "workspace": "w", "roles": ["admin"]}', "application/json", 200),
        (b'{"sub": "a", "workspace": "w"}', "text/plain", 400),
        (b'{"sub": "a", "workspace": "w", "more": 1}', "application/json", 400),
        (b'{"sub": 1, "workspace": "w"}', "application/json", 400),
        (b'{"sub": "a", "workspace": "w", "roles": "admin"}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
    ],
)
def test_local_tokens_are_asked_for_in_one_form(front: Front, body: bytes, kind: str, status: int) -> None:
    got = front.send("POST", "/local/token", signed=False, content=body, headers={"content-type": kind})
    assert got.status_code == status
    if got.is_success:
        used = front.send("GET", "/things", headers={"authorization": f"Bearer {got.json()['access_token']}"})
        assert used.status_code == 200


def test_the_issuers_keys_are_public_and_stay(front: Front, key_file: Path) -> None:
    keys = front.send("GET", "/local/issuer/jwks.json", signed=False).json()["keys"]
    assert "d" not in keys[0]
    assert front.send("GET", "/local/issuer/.well-known/openid-configuration", signed=False).json()["issuer"] == ISSUER
    assert LocalIssuer(ISSUER, "api", key_file).jwks()["keys"] == keys
    assert key_file.stat().st_mode & 0o077 == 0
