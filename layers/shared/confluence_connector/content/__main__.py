"""`python -m confluence_connector.content`: one page body in, Markdown (or its loss report as JSON) out."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from confluence_connector.content import NO_NAMES, ContentUnreadable, Names, to_markdown
from confluence_connector.content.names import ListedNames

UNREADABLE = 2


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m confluence_connector.content", description=__doc__)
    parser.add_argument("--from", dest="source", choices=("storage", "adf"), required=True)
    parser.add_argument("--report", action="store_true", help="print the loss report as JSON instead of the Markdown")
    parser.add_argument("--base-url", default="", help="the site, for example https://acme.atlassian.net")
    parser.add_argument(
        "--resolve",
        metavar="JSON",
        help='file or JSON text: {"attachments": {file id: name}, "pages": {id: title}, "users": {account id: name}}',
    )
    parser.add_argument("file", metavar="FILE", help="the body, or - for standard input")
    return parser


def _names(given: str | None) -> Names:
    if given is None:
        return NO_NAMES
    table = json.loads(given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise ContentUnreadable("The table of names is not a JSON object.")
    return ListedNames(table)


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0, or 2 with one line on standard error for input that cannot be read."""
    chosen = _arguments().parse_args(argv)
    try:
        raw = sys.stdin.buffer.read() if chosen.file == "-" else Path(chosen.file).read_bytes()
        # Bytes that are no UTF-8 become U+FFFD: a page with one broken byte is still a page.
        body = raw.decode("utf-8", "replace").removeprefix("\ufeff")
        result = to_markdown(
            body,
            "storage" if chosen.source == "storage" else "atlas_doc_format",
            names=_names(chosen.resolve),
            base_url=chosen.base_url,
        )
    except ContentUnreadable as error:
        sys.stderr.write(f"{error}\n")
        return UNREADABLE
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot read the input: {type(error).__name__}\n")
        return UNREADABLE
    if chosen.report:
        report = {"degraded": result.degraded, "losses": [asdict(loss) for loss in result.losses]}
        text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    else:
        text = result.markdown
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
