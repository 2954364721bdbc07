"""Rebuilds `operations.json` from Atlassian's published OpenAPI documents.

`python -m local.simulator.operations_source <folder of the documents>` writes the small table the simulator needs:
operation, scope alternatives, query parameters, and the documents' SHA-256. A contract test holds table == documents.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("operations.json")
METHODS = ("get", "put", "post", "delete", "patch")
# Each document, and what its paths are below.
DOCUMENTS = {"confluence-v2.json": "/wiki/api/v2", "confluence-v1.json": "", "jira-v3.json": ""}


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _rule(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a query parameter may be. Some scalar `sort` parameters carry their enum in a stray `items`."""
    schema = _resolve(document, schema)
    items = _resolve(document, schema.get("items", {}))
    rule: dict[str, Any] = {"type": schema.get("type", "string")}
    if "enum" in schema or "enum" in items:
        rule["enum"] = schema.get("enum", items.get("enum"))
    if rule["type"] == "array" and items.get("type") == "integer":
        rule["integers"] = True
    for source, name in (("minimum", "min"), ("maximum", "max"), ("maxItems", "max_items"), ("default", "default")):
        if source in schema:
            rule[name] = schema[source]
    return rule


def _operation(document: dict[str, Any], item: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    parameters = [_resolve(document, node) for node in (*item.get("parameters", []), *operation.get("parameters", []))]
    query = {p["name"]: _rule(document, p.get("schema", {})) for p in parameters if p.get("in") == "query"}
    required = [p["name"] for p in parameters if p.get("in") == "query" and p.get("required")]
    scopes = [entry["scopes"] for entry in operation.get("x-atlassian-oauth2-scopes") or []]
    return {"id": operation["operationId"], "scopes": scopes, "query": query, "required": required}


def build(folder: Path) -> dict[str, Any]:
    """The table, from the folder holding the published documents."""
    sources: dict[str, str] = {}
    operations: list[dict[str, Any]] = []
    known: set[str] = set()
    for name, prefix in DOCUMENTS.items():
        content = (folder / name).read_bytes()
        sources[name] = hashlib.sha256(content).hexdigest()
        document = json.loads(content)
        for path, item in document["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                row = _operation(document, item, item[method])
                known.update(scope for alternative in row["scopes"] for scope in alternative)
                operations.append({"method": method.upper(), "path": prefix + path, **row})
    return {"sources": sources, "scopes": sorted(known), "operations": operations}


def render(table: dict[str, Any]) -> str:
    """One line an operation, so that a changed document reads as a short diff."""
    rows = ",\n  ".join(json.dumps(row, sort_keys=True) for row in table["operations"])
    head = json.dumps({"sources": table["sources"], "scopes": table["scopes"]}, sort_keys=True)
    return f'{head[:-1]},\n "operations": [\n  {rows}\n ]}}\n'


if __name__ == "__main__":
    TABLE.write_text(render(build(Path(sys.argv[1]))), encoding="utf-8")
