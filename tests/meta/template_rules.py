"""What the template promises, as rules over the transformed template: each returns its findings, none when kept.

test_template_rules.py runs them over the real template, test_template_mutations.py over broken ones.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from confluence_connector.routes import ROUTES
from confluence_connector.settings import Settings

type Template = dict[str, Any]
type Rule = Callable[[Template], Iterator[str]]

FUNCTION_OF = {
    "oauth": "OAuthFunction",
    "import": "ImportFunction",
    "fetch": "FetchFunction",
    "sync": "SyncFunction",
    "agent": "AgentFunction",
    "jira": "JiraFunction",
}
HTTP_FUNCTIONS = set(FUNCTION_OF.values())
CONSENTS = {"/oauth/authorize", "/oauth/callback"}
PUBLIC = CONSENTS | {"/agent/confluence", "/agent/approvals/{approval_id}", "/mcp"}
"""The latter demand an agent's token: tests/functional/test_agents.py."""
IN_THE_BACKGROUND = {"SyncDispatcherFunction", "SyncWorkerFunction"}
GRANTS = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/connections/*"
type Rights = dict[str, set[str]]
"""By what they are granted on: service actions."""


def together(*rights: Rights) -> Rights:
    return {on: set().union(*(each.get(on, set()) for each in rights)) for on in {on for each in rights for on in each}}


VAULT: Rights = {  # what using a connection takes
    "StateTable": {f"dynamodb:{each}" for each in ("BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem")}
    | {"dynamodb:Query", "dynamodb:UpdateItem"},
    "CacheTable": {f"dynamodb:{each}" for each in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem")},
    GRANTS: {f"secretsmanager:{each}" for each in ("GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")},
    "AppSecret": {"secretsmanager:GetSecretValue"},
    "Key": {"kms:Decrypt", "kms:GenerateDataKey"},
    "EventBus": {"events:PutEvents"},
}
FORGET: Rights = {  # what the end of a grant takes
    "StateTable": {"dynamodb:DeleteItem"},
    "CacheTable": {"dynamodb:BatchWriteItem", "dynamodb:Query"},
    "TransientBucket": {"s3:DeleteObject", "s3:ListBucket"},
    GRANTS: {"secretsmanager:DeleteSecret"},
}
ERASE_VERSIONS = {"s3:DeleteObjectVersion", "s3:ListBucketVersions"}
ARCHIVES: Rights = {"TransientBucket": {"s3:GetObject"}}
CURSORS: Rights = {"SigningSecret": {"secretsmanager:GetSecretValue"}}
SEND: Rights = {"WorkQueue": {"sqs:SendMessage"}}
READ: Rights = {"ContentBucket": {"s3:GetObject"}, "TransientBucket": {"s3:GetObject", "s3:PutObject"}}
ALLOWED: dict[str, Rights] = {
    "OAuthFunction": together(VAULT, FORGET, CURSORS, SEND, {GRANTS: {"secretsmanager:CreateSecret"}}, ARCHIVES),
    "ImportFunction": together(
        VAULT,
        CURSORS,
        SEND,
        {"StateTable": {"dynamodb:DeleteItem"}},
        {"ContentBucket": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}},
    ),
    "FetchFunction": together(VAULT, READ),
    "FetchStepFunction": together(VAULT, READ),
    "SyncFunction": together(
        VAULT,
        CURSORS,
        SEND,
        READ,
        {"CorpusTable": {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}},
        {"ContentBucket": {"s3:ListBucket"}},
    ),
    "AgentFunction": together(
        VAULT,
        CURSORS,
        {"StateTable": {"dynamodb:DeleteItem"}},
        {"TransientBucket": {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}},
    ),
    "JiraFunction": together(VAULT, CURSORS, SEND, {"StateTable": {"dynamodb:DeleteItem"}}),
    "SyncWorkerFunction": together(
        VAULT,
        FORGET,
        SEND,
        {"ContentBucket": ERASE_VERSIONS, "TransientBucket": ERASE_VERSIONS},
        ARCHIVES,
        {
            "TransientBucket": {
                f"s3:{each}" for each in ("AbortMultipartUpload", "ListMultipartUploadParts", "PutObject")
            }
        },
        {"TransientBucket": {"s3:ListBucketMultipartUploads"}},
        {"StateTable": {"dynamodb:Scan"}, "CacheTable": {"dynamodb:Scan"}, "CorpusTable": {"dynamodb:Scan"}},
        {"WorkQueue": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}},
        {"StateTable": {"dynamodb:DeleteItem"}},
        {
            "CorpusTable": {f"dynamodb:{each}" for each in ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem")}
            | {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}
        },
        {"ContentBucket": {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}},
    ),
    "SyncDispatcherFunction": together(
        VAULT,
        FORGET,
        SEND,
        {"StateTable": {"dynamodb:Query"}, "CacheTable": {"dynamodb:Query"}},
        {"TransientBucket": {"s3:GetObject"}},
        {"CorpusTable": {"dynamodb:BatchWriteItem", "dynamodb:Query"}},
    ),
}
LOG_GROUPS = {name: f"{name.removesuffix('Function')}Logs" for name in ALLOWED}
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    RULES[function.__name__] = function
    return function


def of_type(template: Template, kind: str) -> dict[str, Any]:
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def functions(template: Template) -> dict[str, Any]:
    return of_type(template, "AWS::Lambda::Function")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def named(reference: Any) -> str:
    """The logical id that a Ref, GetAtt or Sub points at."""
    if isinstance(reference, dict):
        if "Ref" in reference:
            return str(reference["Ref"])
        if "Fn::GetAtt" in reference:
            return str(reference["Fn::GetAtt"][0])
        if "Fn::Sub" in reference:
            found = re.search(r"\$\{(?!AWS::)(\w+)", str(reference["Fn::Sub"]))
            return found[1] if found else str(reference["Fn::Sub"])
    return str(reference)


def statements(template: Template, role: str) -> list[dict[str, Any]]:
    properties = template["Resources"][role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for attached in properties.get("ManagedPolicyArns", []):
        policy = template["Resources"].get(named(attached))
        # A policy that is not ours cannot be read here, so it grants everything as far as a test can know.
        documents.append(policy["Properties"]["PolicyDocument"] if policy else {"Statement": {"Action": "*"}})
    return [one for document in documents for one in listed(document["Statement"])]


def seconds(template: Template, value: Any) -> int:
    """A number, or the greatest that a parameter may be."""
    return int(template["Parameters"][named(value)]["MaxValue"] if isinstance(value, dict) else value)


def role_of(template: Template, function: str) -> str:
    return named(functions(template)[function]["Role"])


# ── rights (N3) ──────────────────────────────────────────────────────────────────────────────────────────────────────


@rule
def each_function_has_a_role_of_its_own(template: Template) -> Iterator[str]:
    roles = [role_of(template, name) for name in functions(template)]
    yield from {f"{role} serves several functions" for role in roles if roles.count(role) > 1}


@rule
def roles_allow_what_is_listed_and_no_more(template: Template) -> Iterator[str]:
    for name in functions(template):
        granted: Rights = {}
        for one in statements(template, role_of(template, name)):
            if one.get("Effect", "Allow") == "Allow":
                for resource in listed(one.get("Resource", "*")):
                    granted.setdefault(named(resource), set()).update(listed(one["Action"]))
        wanted = ALLOWED.get(name, {}) | {LOG_GROUPS.get(name, "?"): {"logs:CreateLogStream", "logs:PutLogEvents"}}
        for on in granted.keys() | wanted.keys():
            if odd := granted.get(on, set()) ^ wanted.get(on, set()):
                yield f"{name} on {on}: {sorted(odd)}"


@rule
def no_right_is_a_wildcard(template: Template) -> Iterator[str]:
    for role in of_type(template, "AWS::IAM::Role"):
        for one in statements(template, role):
            yield from (f"{role}: {action}" for action in listed(one["Action"]) if "*" in action)
            yield from (f"{role}: any resource" for resource in listed(one.get("Resource", "*")) if resource == "*")


@rule
def whole_tables_are_read_for_keys_only(template: Template) -> Iterator[str]:
    for name in functions(template):
        for one in statements(template, role_of(template, name)):
            wanted = {
                "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "workspace"]},
                "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
            }
            if "dynamodb:Scan" in listed(one["Action"]) and one.get("Condition") != wanted:
                yield f"{name}: {one.get('Sid')}"


@rule
def secrets_are_written_below_the_prefix_only(template: Template) -> Iterator[str]:
    for name in functions(template):
        for one in statements(template, role_of(template, name)):
            writes = [a for a in listed(one["Action"]) if re.match(r"secretsmanager:(Put|Create|Delete|Update)", a)]
            for resource in listed(one.get("Resource", "*")) if writes else []:
                if not str(resource).endswith(":secret:${AWS::StackName}/connections/*'}"):
                    yield f"{name}: {writes} on {resource}"


@rule
def the_key_is_used_through_services_only(template: Template) -> Iterator[str]:
    for name in functions(template):
        for one in statements(template, role_of(template, name)):
            uses = [action for action in listed(one["Action"]) if action.startswith("kms:")]
            if uses and "kms:ViaService" not in str(one.get("Condition")):
                yield f"{name}: {uses} without kms:ViaService"


# ── functions (N4) ───────────────────────────────────────────────────────────────────────────────────────────────────


@rule
def functions_are_shaped_alike(template: Template) -> Iterator[str]:
    for name, function in functions(template).items():
        if function.get("Runtime") != "python3.13":
            yield f"{name}: runtime"
        if function.get("Architectures") != [{"Ref": "Architecture"}]:
            yield f"{name}: architecture is not the parameter"
        if not 0 < seconds(template, function.get("Timeout", 3)) <= (60 if name in IN_THE_BACKGROUND else 29):
            yield f"{name}: time-out"
        if "FunctionUrlConfig" in function or "Code" not in function:
            yield f"{name}: odd"


@rule
def each_function_logs_to_a_group_with_an_end(template: Template) -> Iterator[str]:
    groups = of_type(template, "AWS::Logs::LogGroup")
    used = [named(function.get("LoggingConfig", {}).get("LogGroup")) for function in functions(template).values()]
    yield from (f"{group}: no such group" for group in used if group not in groups)
    yield from {f"{group}: used twice" for group in used if used.count(group) > 1}
    yield from (f"{name}: kept for ever" for name, group in groups.items() if not group.get("RetentionInDays"))


@rule
def every_setting_has_its_variable(template: Template) -> Iterator[str]:
    for name, function in functions(template).items():
        given = set(function["Environment"]["Variables"])
        wanted = {field.upper() for field in Settings.model_fields} - {"PIPELINE_WORKSPACES"}
        wanted |= {"PIPELINE_WORKSPACES"} if name == "FetchStepFunction" else set()
        yield from (f"{name}: {variable} is not set" for variable in sorted(wanted - given))
        if "PIPELINE_WORKSPACES" in given - wanted:
            yield f"{name}: only the step may act for pipelines"


@rule
def the_dispatcher_cannot_take_the_whole_account(template: Template) -> Iterator[str]:
    if "ReservedConcurrentExecutions" not in functions(template)["SyncDispatcherFunction"]:
        yield "no reserved concurrency"


# ── routes (N5, N6) ──────────────────────────────────────────────────────────────────────────────────────────────────


def api_body(template: Template) -> Any:
    return next(iter(of_type(template, "AWS::ApiGatewayV2::Api").values()))["Body"]


def operations(template: Template) -> Iterator[tuple[str, str, str, bool]]:
    for path, methods in api_body(template)["paths"].items():
        for method, operation in methods.items():
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = re.search(r"\$\{(\w+)\.Arn\}", uri)
            guarded = any("Oidc" in scheme for scheme in operation.get("security", []))
            yield method.upper(), path, function[1] if function else "", not guarded


@rule
def routes_are_the_table_of_contents(template: Template) -> Iterator[str]:
    wanted = {(one.method, one.path, FUNCTION_OF[one.function], one.scope is None) for one in ROUTES}
    wanted |= {
        ("OPTIONS", "/{proxy+}", "OAuthFunction", True),
        ("X-AMAZON-APIGATEWAY-ANY-METHOD", "/$default", "OAuthFunction", False),
        ("X-AMAZON-APIGATEWAY-ANY-METHOD", "/mcp", "AgentFunction", True),
    }
    yield from (f"{one}" for one in sorted(set(operations(template)) ^ wanted))


@rule
def only_consents_and_agents_come_in_without_a_member(template: Template) -> Iterator[str]:
    public = {path for method, path, _, is_public in operations(template) if is_public and method != "OPTIONS"}
    yield from (f"{path} is public" for path in public - PUBLIC)
    served = {function for _, path, function, _ in operations(template) if path in PUBLIC - CONSENTS}
    yield from (f"{function} checks no agent's token" for function in served - {"AgentFunction"})


@rule
def tokens_are_checked_for_issuer_and_audience(template: Template) -> Iterator[str]:
    scheme = api_body(template)["components"]["securitySchemes"].get("Oidc", {})
    wanted = {"issuer": {"Ref": "Issuer"}, "audience": [{"Ref": "Audience"}]}
    if scheme.get("x-amazon-apigateway-authorizer", {}).get("jwtConfiguration") != wanted:
        yield "the authorizer does not check the parameters' issuer and audience"


@rule
def one_origin_may_call(template: Template) -> Iterator[str]:
    cors = api_body(template)["x-amazon-apigateway-cors"]
    if cors["allowOrigins"] != [{"Ref": "ConsoleOrigin"}] or "*" in str(cors):
        yield "origins, methods or headers are not closed lists"


@rule
def access_logs_hold_no_addresses(template: Template) -> Iterator[str]:
    for stage in of_type(template, "AWS::ApiGatewayV2::Stage").values():
        form = stage.get("AccessLogSettings", {}).get("Format", "")
        if "$context.routeKey" not in form:
            yield "no access log"
        yield from (f"{word} is logged" for word in ("$context.path", "querystring", "header") if word in form)
