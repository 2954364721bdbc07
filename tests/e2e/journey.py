"""What a member does over HTTP, step by step, as a frontend would: connect, find, import, read."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import httpx


@dataclass
class Member:
    """A signed-in person with a browser (cookies) of their own."""

    url: str
    token: str
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.browser.close()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return self.browser.request(method, self.url + path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self._ok(self.call("GET", path, **options))

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self._ok(self.call("POST", path, json=body, **options))

    @staticmethod
    def _ok(response: httpx.Response) -> Any:
        assert response.is_success, f"{response.status_code} {response.text}"
        return response.json()

    # ── connecting ────────────────────────────────────────────────────────────────────────────────────────────────

    def consent(
        self, authorize_url: str, account: str, sites: str | None = None, simulate: str = "allow"
    ) -> httpx.Response:
        """Goes to Atlassian and comes back; the answer is our callback page."""
        start = self.browser.get(authorize_url)
        assert start.status_code == 302, start.text
        shortcut = {"simulate": simulate, "account": account} | ({"sites": sites} if sites else {})
        back = self.browser.get(start.headers["location"] + "&" + urlencode(shortcut))
        assert back.status_code in {302, 303}, back.text
        return self.browser.get(back.headers["location"])

    def connect(
        self, account: str, *, owner: str = "user", site: str | None = None, purposes: tuple[str, ...] = ("link",)
    ) -> Any:
        """From nothing to a connection that can be used; `site` is a part of the URL of the one to pick."""
        started = self.post("/connections", {"owner": owner, "purposes": list(purposes)})
        page = self.consent(started["authorize_url"], account)
        connection = self.confirm(started["connection"]["id"], page)
        if connection["status"] == "choosing_site":
            assert site, "several sites were granted: name one"
            path = f"/connections/{connection['id']}"
            offered = self.get(f"{path}/sites")["items"]
            chosen = next(item for item in offered if site in item["url"])
            connection = self._ok(self.call("PUT", f"{path}/site", json={"cloud_id": chosen["cloud_id"]}))
        return connection

    def confirm(self, connection_id: str, page: httpx.Response) -> Any:
        return self.post(f"/connections/{connection_id}/confirm", {"code": data_of(page)["code"]})

    # ── finding and importing ─────────────────────────────────────────────────────────────────────────────────────

    def all_items(self, path: str, **params: str) -> list[Any]:
        items: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = self.get(path, params=params | ({"cursor": cursor} if cursor else {}))
            items += answer["items"]
            cursor = answer["next"]
        return items

    def create_feature(
        self, connection_id: str, page_id: str, mode: str, *, trd: dict[str, str] | None = None, key: str | None = None
    ) -> Any:
        body = {
            "name": f"From page {page_id}",
            "folder": "imported",
            "default_mode": mode,
            "prd": {"connection_id": connection_id, "page_id": page_id},
        } | ({"trd": trd} if trd else {})
        return self.post("/features", body, headers={"idempotency-key": key or secrets.token_hex(16)})

    def content(self, document_id: str, **params: str) -> Any:
        return self.get(f"/documents/{document_id}/content", params=params)


def data_of(page: httpx.Response) -> dict[str, str]:
    """The data attributes of the callback page's body."""
    body = re.search(r"<body\b([^>]*)>", page.text)
    assert body, page.text
    return dict(re.findall(r'data-([a-z]+)="([^"]*)"', body[1]))
