"""What each macro becomes. Storage macros and ADF extensions share names and parameters, so they share this."""

from collections.abc import Callable, Mapping
from typing import Final

from confluence_connector.content import tokens as t
from confluence_connector.content.emitter import Emitter
from confluence_connector.content.links import target
from confluence_connector.content.names import Names
from confluence_connector.content.references import attachment_image, attachment_target, issue_target, link, mention

Parameters = Mapping[str, str]

# Confluence's words clash with GitHub's: the macro `note` is the yellow warning panel, `warning` the red one.
ALERTS: Final = {"info": "NOTE", "tip": "TIP", "note": "WARNING", "warning": "CAUTION", "panel": "NOTE"}
MAY_HIDE: Final = frozenset({"excerpt", "details"})
_TRANSPARENT: Final = frozenset({"excerpt", "details", "section", "column", "div", "span", "align", "center"})
_LANGUAGES: Final = {"none": "", "text": "", "plain": "", "c#": "csharp", "c++": "cpp", "plaintext": "", "py": "python"}
_SOURCES: Final = {
    "plantuml": "plantuml", "plantumlrender": "plantuml", "mermaid": "mermaid", "mermaid-cloud": "mermaid",
    "mermaid-macro": "mermaid", "html": "html", "markdown": "markdown", "latex": "latex", "mathblock": "latex",
    "math": "latex", "graphviz": "dot", "drawio": "xml", "gliffy": "json",
}  # fmt: skip
_QUIET: Final = frozenset({"toc", "toc-zone", "anchor"})
_DYNAMIC: Final = frozenset(
    {
        "children", "pagetree", "pagetreesearch", "contentbylabel", "recently-updated", "livesearch", "attachments",
        "gallery", "detailssummary", "content-report-table", "tasks-report-macro", "task-report", "change-history",
        "contributors", "contributors-summary", "popular-labels", "related-labels", "labels-list", "listlabels",
        "blog-posts", "create-from-template", "space-details", "spaces", "favpages", "index", "search", "userlister",
        "global-reports", "recently-used-labels", "roadmap", "chart", "calendar", "jirachart", "jiraroadmap",
        "decisionreport", "team-calendars", "loremipsum", "network", "navmap", "excerpt-include", "include",
    }
)  # fmt: skip
_FILES: Final = frozenset({"view-file", "viewpdf", "viewdoc", "viewxls", "viewppt", "multimedia"})
_DRAWINGS: Final = frozenset({"drawio", "inc-drawio", "drawio-sketch", "gliffy", "lucidchart", "balsamiq"})


def _nothing() -> None:
    """A body that needs no end."""


def open_body(emitter: Emitter, name: str, parameters: Parameters) -> Callable[[], None]:
    """Begin a macro whose rich body follows; answers what ends it."""
    if name in ALERTS:
        if parameters.get("panelIconText") or parameters.get("panelIcon"):
            emitter.ledger.add("dropped", "panel icon")
        emitter.open_quote(ALERTS[name], parameters.get("title", ""))
        return emitter.close_quote
    if name in {"expand", "ui-expand"}:
        emitter.open_details(parameters.get("title", "") or parameters.get("", ""))
        return emitter.close_details
    if name == "quote":
        emitter.open_quote()
        return emitter.close_quote
    if name not in _TRANSPARENT:
        emitter.ledger.add("degraded", f"macro {name}")
    title = parameters.get("title", "")
    if title and name not in {"excerpt", "details"}:
        emitter.paragraph(f"{t.STRONG}{title}{t.STRONG_END}")
    else:
        emitter.gap()
    return emitter.gap


def plain_body(emitter: Emitter, name: str, parameters: Parameters, text: str) -> None:
    """A macro whose body is plain text: code, or the source of a drawing. Always a fence, so that it stays as it is."""
    title = parameters.get("title", "")
    if title:
        emitter.paragraph(f"{t.STRONG}{title}{t.STRONG_END}")
    if name == "code":
        language = parameters.get("language", "").strip().lower()
        emitter.code_block(text, _LANGUAGES.get(language, language))
        return
    if name in _SOURCES:
        emitter.ledger.add("degraded", f"macro {name} shown as source")
    elif name != "noformat":
        emitter.ledger.add("degraded", f"macro {name}")
    emitter.code_block(text, _SOURCES.get(name, ""))


def status(emitter: Emitter, title: str) -> None:
    """A status lozenge: code span, so that it stands out and stays one word."""
    emitter.code(title.strip())


def person(emitter: Emitter, names: Names, account_id: str) -> None:
    emitter.append(mention(emitter, names, account_id))


def _jira(emitter: Emitter, site: str, parameters: Parameters) -> None:
    key = parameters.get("key", "")
    query = parameters.get("jqlQuery", "") or parameters.get("jql", "")
    if key:
        link(emitter, key, issue_target(site, key))
    elif query:
        emitter.append("Jira issues: ")
        emitter.code(query)
    else:
        emitter.append("Jira issues")
    emitter.ledger.add("dynamic", "macro jira")


def _drawing(emitter: Emitter, names: Names, site: str, name: str, parameters: Parameters) -> None:
    diagram = parameters.get("diagramName") or parameters.get("name") or parameters.get("")
    emitter.ledger.add("degraded", f"macro {name} shown by its preview")
    if not diagram:
        emitter.append(f"Drawing ({name})")
        return
    filename = diagram if diagram.lower().endswith(".png") else f"{diagram}.png"
    attachment_image(emitter, names, site, filename, label=parameters.get("diagramDisplayName", "") or diagram)


def _file(emitter: Emitter, names: Names, site: str, parameters: Parameters) -> None:
    filename = parameters.get("name") or parameters.get("") or "file"
    link(emitter, filename, attachment_target(emitter, names, site, filename, None))


def _unknown(emitter: Emitter, name: str, parameters: Parameters) -> None:
    """A macro that we do not know and that holds no text: it leaves a visible mark (E6)."""
    emitter.ledger.add("dropped", f"macro {name}")
    title = parameters.get("title", "")
    emitter.append(f"{t.EMPHASIS}Macro {name or 'without a name'}{f': {title}' if title else ''}{t.EMPHASIS_END}")


def without_body(emitter: Emitter, names: Names, site: str, name: str, parameters: Parameters) -> None:
    """A macro that has parameters only."""
    if name == "status":
        status(emitter, parameters.get("title", ""))
    elif name in {"jira", "jiraissues"}:
        _jira(emitter, site, parameters)
    elif name in _FILES:
        _file(emitter, names, site, parameters)
    elif name in _DRAWINGS:
        _drawing(emitter, names, site, name, parameters)
    elif name in {"widget", "iframe"} and (parameters.get("url") or parameters.get("src")):
        address = parameters.get("url") or parameters.get("src") or ""
        link(emitter, address, target(address, site))
        emitter.ledger.add("dynamic", f"macro {name}")
    elif name in _QUIET or name in _DYNAMIC:
        emitter.ledger.add("dynamic", f"macro {name}")
    elif name in _TRANSPARENT or name in ALERTS or name in {"code", "noformat", "expand"}:
        _nothing()
    else:
        _unknown(emitter, name, parameters)
