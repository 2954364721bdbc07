"""The console's static files, as a web host would serve them: nothing but what lies in the folder, no inline script."""

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    headers: list[tuple[str, str]]
    body: bytes


class Console:
    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def page(self, method: str, raw_path: str) -> Page | None:
        """The file at a path, index.html for a folder; None when there is none."""
        if method not in {"GET", "HEAD"} or "\0" in (path := unquote(raw_path)):
            return None
        file = (self._folder / path.lstrip("/")).resolve()
        if file.is_dir():
            file /= "index.html"
        if not file.is_relative_to(self._folder) or not file.is_file():
            return None
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        text = kind.startswith("text/") or kind in {"application/json", "image/svg+xml"}
        return Page(
            [
                ("content-type", f"{kind}; charset=utf-8" if text else kind),
                ("content-security-policy", CONTENT_SECURITY_POLICY),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "no-referrer"),
                ("cache-control", "no-cache"),
            ],
            file.read_bytes(),
        )
