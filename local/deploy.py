"""Deploys the transformed template into the embedded AWS, and adds what its CloudFormation leaves out.

The functions' code is not uploaded: invocations go to the runtime host, which runs the built artefacts from a folder of
this stack. An unchanged stack is not deployed again.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.embedded_aws import CREDENTIALS, REGION, client, save_now
from local.lambda_worker import FunctionSpec
from local.options import Options, StackError
from local.processes import fresh_log

STACK_NAME = "confluence-connector-local"
AUDIENCE = "confluence-connector"
_TEMPLATES = f"{STACK_NAME}-templates"
_CONCURRENCY = 8  # processes per function; further calls wait


@dataclass(frozen=True, slots=True)
class Deployed:
    """Physical names by logical id, and the values of all parameters."""

    resources: Mapping[str, str]
    parameters: Mapping[str, str]
    changed: bool


def parameters_of(template: Mapping[str, Any], options: Options, issuer_url: str) -> dict[str, str]:
    given = {
        "Issuer": issuer_url,
        "Audience": AUDIENCE,
        "PublicBaseUrl": options.base_url,
        "ConsoleOrigin": options.base_url,
        "ReturnTargets": json.dumps({"console": f"{options.base_url}/"}, separators=(",", ":")),
        "AtlassianAuthUrl": options.atlassian.auth_url,
        "AtlassianApiUrl": options.atlassian.api_url,
        "AtlassianMediaUrl": options.atlassian.media_url,
        "PipelineWorkspaces": options.pipeline_workspaces,
        "Architecture": options.architecture,
        "LogLevel": options.log_level,
    }
    asked = {
        "WorkerTimeoutSeconds": options.worker_timeout_seconds,
        "WorkVisibilitySeconds": options.work_visibility_seconds,
    }
    defaults = {name: str(spec["Default"]) for name, spec in template["Parameters"].items() if "Default" in spec}
    return {**defaults, **given, **{name: value for name, value in asked.items() if value is not None}}


def deploy(template: Mapping[str, Any], parameters: Mapping[str, str], endpoint: str, state_dir: Path) -> Deployed:
    """Creates or updates the stack. Raises StackError with CloudFormation's reason."""
    body = json.dumps(_with_stub_code(template))
    fingerprint = hashlib.sha256(json.dumps([body, dict(parameters)]).encode()).hexdigest()
    mark = state_dir / "deployed"
    cloudformation = client("cloudformation", endpoint)
    exists = _status(cloudformation) is not None
    changed = not exists or not mark.exists() or mark.read_text() != fingerprint
    if changed:
        _apply(cloudformation, _uploaded(body, endpoint), parameters, exists=exists)
        _set_ttl(template, _resources(cloudformation), endpoint)
        save_now(endpoint)
        mark.write_text(fingerprint)
    return Deployed(_resources(cloudformation), parameters, changed)


def _with_stub_code(template: Mapping[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(template))
    for logical_id, resource in list(copy["Resources"].items()):
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {"ZipFile": "# runs in the runtime host"}
            resource["Properties"].pop("Layers", None)
        if resource["Type"] == "AWS::Lambda::LayerVersion":
            del copy["Resources"][logical_id]
    return copy


def _status(cloudformation: Any) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackStatus"])
    except ClientError:
        return None


def _uploaded(body: str, endpoint: str) -> str:
    """The URL of the template in a bucket: a request may hold 51,200 bytes of it only, as on AWS."""
    s3 = client("s3", endpoint)
    s3.create_bucket(Bucket=_TEMPLATES)
    s3.put_object(Bucket=_TEMPLATES, Key="template.json", Body=body.encode())
    return f"{endpoint}/{_TEMPLATES}/template.json"


def _apply(cloudformation: Any, template_url: str, parameters: Mapping[str, str], *, exists: bool) -> None:
    call = cloudformation.update_stack if exists else cloudformation.create_stack
    try:
        call(
            StackName=STACK_NAME,
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
    except ClientError as error:
        if "No updates" in str(error):
            return
        raise StackError(f"The stack was refused: {error}", "correct template.yaml") from error
    deadline = time.monotonic() + 120
    while (status := _status(cloudformation) or "").endswith("IN_PROGRESS") and time.monotonic() < deadline:
        time.sleep(0.05)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
        reasons = [
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]
        raise StackError(
            f"The stack ended as {status}. {' · '.join(reasons)}",
            "correct template.yaml; to begin anew, stop and remove the state folder",
        )


def _resources(cloudformation: Any) -> dict[str, str]:
    found = cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def _set_ttl(template: Mapping[str, Any], resources: Mapping[str, str], endpoint: str) -> None:
    """The embedded CloudFormation ignores TimeToLiveSpecification; the value is still the template's own."""
    dynamodb = client("dynamodb", endpoint)
    for logical_id, resource in template["Resources"].items():
        ttl = resource["Properties"].get("TimeToLiveSpecification") if "Properties" in resource else None
        if resource["Type"] != "AWS::DynamoDB::Table" or not ttl:
            continue
        table = resources[logical_id]
        now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
        if now != "ENABLED":
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=ttl)


def fill_app_secret(options: Options, deployed: Deployed, endpoint: str) -> None:
    """Does what an operator does once: puts the Atlassian app's id and secret where the functions look."""
    secrets = client("secretsmanager", endpoint)
    wanted = json.dumps({"client_id": options.atlassian.client_id, "client_secret": options.atlassian.client_secret})
    secret_id = deployed.resources["AppSecret"]
    try:
        current = secrets.get_secret_value(SecretId=secret_id).get("SecretString")
    except secrets.exceptions.ResourceNotFoundException:
        current = None
    if current != wanted:
        secrets.put_secret_value(SecretId=secret_id, SecretString=wanted)


def function_specs(
    template: Mapping[str, Any],
    deployed: Deployed,
    endpoint: str,
    *,
    build: Path,
    runtime_client: Path,
    logs: Path,
) -> list[FunctionSpec]:
    """The functions with the environment that CloudFormation resolved for them."""
    functions = client("lambda", endpoint)
    specs = []
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        known = functions.get_function_configuration(FunctionName=deployed.resources[logical_id])
        specs.append(
            FunctionSpec(
                logical_id=logical_id,
                name=known["FunctionName"],
                arn=known["FunctionArn"],
                handler=known["Handler"],
                timeout_seconds=known["Timeout"],
                memory_mb=known["MemorySize"],
                concurrency=_CONCURRENCY,
                environment={
                    **known["Environment"]["Variables"],
                    **CREDENTIALS,
                    "AWS_REGION": REGION,
                    "AWS_DEFAULT_REGION": REGION,
                    "AWS_ENDPOINT_URL": endpoint,
                    "AWS_EC2_METADATA_DISABLED": "true",
                },
                code=build / logical_id,
                python_path=(build / "SharedLayer" / "python", runtime_client),
                log=fresh_log(logs / f"{logical_id}.log"),
            )
        )
    return specs
