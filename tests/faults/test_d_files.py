"""D11: a download is one hop to the media host, without our token, and to no other host."""

import httpx
import pytest

from confluence_connector.adapters.atlassian_calls import SiteCalls
from confluence_connector.adapters.atlassian_http import Request, new_client
from confluence_connector.adapters.media import MediaHost
from confluence_connector.errors import ConfluenceUnavailable, PageGone, UpstreamProtocolError
from local.simulator import create_simulator
from local.simulator.accounts import ACME
from tests.atlassian import Rig
from tests.conftest import MovableClock

MEDIA = "https://api.media.atlassian.com"
AWAY = {"location": "https://evil.example/"}


class Seen(httpx.BaseTransport):
    """Every request that leaves, with its headers, whatever answers it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner, self.requests = inner, list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.inner.handle_request(request)


@pytest.fixture
def rig(clock: MovableClock) -> Rig:
    made = Rig(create_simulator(clock=clock, sleep=clock.sleep), clock)
    made.grant.scope += " readonly:content.attachment:confluence"
    return made


def redirected(rig: Rig) -> str:
    """Where Confluence sends whoever downloads the first attachment of acme."""
    attachment = next(iter(rig.simulator.sites[ACME].attachments.values()))
    path = (
        f"/ex/confluence/{ACME}/wiki/rest/api/content/{attachment.content_id}/child/attachment/{attachment.id}/download"
    )
    calls: SiteCalls = rig.confluence.calls
    answer = calls.answer(Request.get(path, {}))
    assert answer.status == 302
    assert answer.location
    return answer.location


def test_D11_one_hop_to_the_listed_host_without_our_token(rig: Rig) -> None:
    location, seen = redirected(rig), Seen(rig.simulator.transport())
    file = MediaHost(new_client(seen), MEDIA).fetch(location, rig.deadline())
    attachment = next(iter(rig.simulator.sites[ACME].attachments.values()))
    assert (file.media_type, file.content) == (attachment.media_type, attachment.body)
    (request,) = seen.requests
    assert request.url.host == "api.media.atlassian.com"
    assert {"authorization", "cookie", "referer"}.isdisjoint(request.headers)
    assert rig.simulator.violations == []
    assert repr(attachment.body) not in repr(file)


@pytest.mark.parametrize(
    "elsewhere",
    [
        None,
        "",
        "/file/1/binary",
        "//api.media.atlassian.com/file/1",
        "http://api.media.atlassian.com/file/1",
        "https://evil.example/file/1",
        "https://api.media.atlassian.com.evil.example/file/1",
        "https://api.media.atlassian.com@evil.example/file/1",
        "https://evil.example\\@api.media.atlassian.com/file/1",
        "https://user:word@api.media.atlassian.com/file/1",
        "https://api.media.atlassian.com:8443/file/1",
        "https://api.media.atlassian.com./file/1",
        "https://169.254.169.254/latest/meta-data/",
        "https://api.media.atlassian.com:x/",
        "https://api.media.atlassian.com/" + "a" * 9_000,
        "https://api.media.atlassian.com/\tfile",
    ],
)
def test_D11_another_address_is_not_asked(rig: Rig, elsewhere: str | None) -> None:
    seen = Seen(rig.simulator.transport())
    with pytest.raises(UpstreamProtocolError):
        MediaHost(new_client(seen), MEDIA).fetch(elsewhere, rig.deadline())
    assert seen.requests == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(302, UpstreamProtocolError), (403, UpstreamProtocolError), (404, PageGone), (503, ConfluenceUnavailable)],
)
def test_D11_the_media_hosts_own_refusals_and_redirects_end_there(
    rig: Rig, status: int, error: type[Exception]
) -> None:
    answers = httpx.MockTransport(lambda _: httpx.Response(status, headers=AWAY, stream=httpx.ByteStream(b"")))
    seen = Seen(answers)
    with pytest.raises(error):
        MediaHost(new_client(seen), MEDIA).fetch(f"{MEDIA}/file/1/binary?token=t", rig.deadline())
    assert len(seen.requests) == 1


def test_D11_without_time_nothing_is_asked(rig: Rig) -> None:
    rig.seconds, seen = 1, Seen(rig.simulator.transport())
    with pytest.raises(ConfluenceUnavailable):
        MediaHost(new_client(seen), MEDIA).fetch(f"{MEDIA}/file/1/binary", rig.deadline())
    assert seen.requests == []
