"""The pipeline step: reads documents and pages with nobody logged in. Direct invocations only, allowed by IAM.

What is raised here is what Step Functions matches: the class names of `errors`. Retryable and final errors have
different names; no message holds text of a page.
"""

from typing import TYPE_CHECKING, Any

from fetch_models import HandedOver, StepDocument, StepRequest, content_of, feature_of, references_of, wanted_by
from pydantic import BaseModel, ValidationError

from confluence_connector.domain.identifiers import DocumentId, FeatureId, WorkspaceId
from confluence_connector.errors import ConnectorError, Forbidden, Unprocessable, WorkspaceNotAllowed
from confluence_connector.limits import ANSWER_BYTES
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
            return small_enough(read(asked_in(event), InvocationDeadline(context), runtime), runtime)
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


def read(asked: StepRequest, deadline: InvocationDeadline, runtime: Runtime) -> BaseModel:
    if asked.workspace not in runtime.settings.pipeline_workspaces:
        raise WorkspaceNotAllowed
    workspace = WorkspaceId(asked.workspace)
    if asked.document_id:
        reading = runtime.reading.documents.read(
            workspace, DocumentId(asked.document_id), max_age_seconds=asked.max_age, deadline=deadline
        )
        return content_of(StepDocument, reading)
    if asked.feature_id:
        feature, readings = runtime.reading.features.read(
            workspace, FeatureId(asked.feature_id), max_age_seconds=asked.max_age, deadline=deadline
        )
        return feature_of(feature, readings)
    return references_of(runtime.reading.references.for_workspace(workspace, wanted_by(asked), deadline))


def small_enough(result: BaseModel, runtime: Runtime) -> dict[str, Any]:
    """The answer, or where it lies. Its URL is returned rather than raised: error messages end up in logs."""
    body = result.model_dump_json()
    size = len(body.encode())
    if size <= ANSWER_BYTES:
        return result.model_dump(mode="json")
    url = runtime.handovers.hand_over(body, "application/json")
    return HandedOver(download_url=url, bytes=size).model_dump(mode="json")
