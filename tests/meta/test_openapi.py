"""docs/openapi.json is generated, current, and says what the routes' table says."""

import json
import subprocess
import sys

from openapi_schema_validator import OAS31Validator

from confluence_connector.routes import ROUTES
from tests.conftest import REPOSITORY

DOCUMENT = json.loads((REPOSITORY / "docs" / "openapi.json").read_text())


def test_document_is_current() -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "tools" / "openapi", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_route_is_documented_with_its_scope_and_the_one_error_shape() -> None:
    said = {
        (method.upper(), path): operation
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    }
    assert said.keys() == {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        operation = said[route.method, route.path]
        agents = route.path.startswith(("/agent/", "/mcp"))
        assert operation.get("security") == ([{"agent": []}] if agents else [{"member": []}] if route.scope else None)
        if route.scope:
            assert route.scope in operation["description"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert "422" not in operation["responses"]


def test_schemas_are_schemas_and_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for schema in schemas.values():
        OAS31Validator.check_schema(schema)
    references = {
        line.rpartition("/")[2].rstrip('",') for line in json.dumps(DOCUMENT, indent=0).splitlines() if "$ref" in line
    }
    assert references <= schemas.keys()
