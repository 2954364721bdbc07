"""The pipeline step: reads documents and pages with nobody logged in. Direct invocations only, allowed by IAM.

What is raised here is what Step Functions matches: the class names of `errors`. Retryable and final errors have
different names; no message holds text of a page.
"""

import json
from typing import TYPE_CHECKING, Any

from fetch_models import (
    HandedOver,
    ReferencesAnswer,
    StepDocument,
    StepFeature,
    StepRequest,
    content_of,
    feature_of,
    references_of,
    wanted_by,
)
from fetch_origins import of_documents, of_references
from pydantic import ValidationError

from confluence_connector.domain.identifiers import DocumentId, FeatureId, WorkspaceId
from confluence_connector.errors import ConnectorError, Forbidden, Unprocessable, WorkspaceNotAllowed
from confluence_connector.limits import ANSWER_BYTES, CACHE_SECONDS, DOWNLOAD_LEAST_SECONDS
from confluence_connector.ports.cache import Origin
from confluence_connector.runtime import InvocationDeadline, Runtime, from_environment

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """`{"workspace", "document_id" | "feature_id" | "url" | "text", "max_age"?}` → text with provenance, untrusted.

    Raises Forbidden for an event of the HTTP API, Unprocessable, WorkspaceNotAllowed, NotFound, and as reading does.
    """
    return answer(event, context, from_environment())


def answer(event: dict[str, Any], context: "LambdaContext", runtime: Runtime) -> dict[str, Any]:
    with runtime.telemetry.invocation(context.aws_request_id):
        try:
            return small_enough(asked_in(event), InvocationDeadline(context), runtime)
        except ConnectorError as error:
            runtime.telemetry.refused(error)
            raise
        except Exception as error:  # noqa: BLE001 — the runtime reports and logs messages, and this one may hold text
            runtime.telemetry.unhandled(error)
            raise ConnectorError from None


def asked_in(event: dict[str, Any]) -> StepRequest:
    if "requestContext" in event:
        raise Forbidden("This function is invoked directly, never over HTTP.", remedy="Use the HTTP API's own routes.")
    try:
        return StepRequest.model_validate(event)
    except ValidationError as error:
        raise Unprocessable(remedy=f"Correct {wrong_fields(error)}.") from None


def wrong_fields(error: ValidationError) -> str:
    """Names of ours only: an unknown field's name is the caller's text."""
    known = StepRequest.model_fields
    named = {str(item["loc"][0]) for item in error.errors(include_input=False, include_url=False) if item["loc"]}
    wrong = sorted(named & known.keys())
    unknown = ["the fields this function does not know"] if named - known.keys() else []
    return ", ".join([*wrong, *unknown]) or "the event: a workspace, and one of document_id, feature_id, url and text"


def read(
    asked: StepRequest, deadline: InvocationDeadline, runtime: Runtime
) -> tuple[StepDocument | StepFeature | ReferencesAnswer, Origin | None]:
    if asked.workspace not in runtime.settings.pipeline_workspaces:
        raise WorkspaceNotAllowed
    workspace = WorkspaceId(asked.workspace)
    if asked.document_id:
        reading = runtime.reading.documents.read(
            workspace, DocumentId(asked.document_id), max_age_seconds=asked.max_age, deadline=deadline
        )
        return content_of(StepDocument, reading), of_documents([reading])
    if asked.feature_id:
        feature, readings = runtime.reading.features.read(
            workspace, FeatureId(asked.feature_id), max_age_seconds=asked.max_age, deadline=deadline
        )
        return feature_of(feature, readings), of_documents(readings)
    references = runtime.reading.references.for_workspace(workspace, wanted_by(asked), deadline)
    return references_of(references), of_references(references)


def small_enough(asked: StepRequest, deadline: InvocationDeadline, runtime: Runtime) -> dict[str, Any]:
    """The answer, or where it lies. Its URL is returned rather than raised: error messages end up in logs."""
    result, origin = read(asked, deadline, runtime)
    answer = result.model_dump(mode="json")
    if len(json.dumps(answer, ensure_ascii=False).encode()) <= ANSWER_BYTES:  # as Lambda's runtime writes it
        return answer
    youngest = CACHE_SECONDS - DOWNLOAD_LEAST_SECONDS
    if result.oldest_seconds > youngest:
        result, origin = read(asked.model_copy(update={"max_age": youngest}), deadline, runtime)
    body = result.model_dump_json()
    handed = runtime.hand_over.of(body, "application/json", origin=origin, age_seconds=result.oldest_seconds)
    size = len(body.encode())
    return HandedOver(download_url=handed.url, expires_in=handed.expires_in_seconds, bytes=size).model_dump(mode="json")
