"""Every rule of the template turns red when the template is broken in the way that it guards against (figure 14)."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

import tests.meta.template_rules_data  # noqa: F401 - registers its rules
from tests.meta.template_rules import RULES, Template

type Mutation = Callable[[dict[str, Any]], Any]


def properties(resources: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]
    return found


def grant(role: str, action: str, resource: Any) -> Mutation:
    def mutate(resources: dict[str, Any]) -> None:
        document = properties(resources, role)["Policies"][0]["PolicyDocument"]
        document["Statement"].append({"Effect": "Allow", "Action": action, "Resource": resource})

    return mutate


def put(name: str, *path_and_value: Any) -> Mutation:
    *path, value = path_and_value

    def mutate(resources: dict[str, Any]) -> None:
        target: Any = properties(resources, name)
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = value

    return mutate


def drop(name: str, *path: Any) -> Mutation:
    def mutate(resources: dict[str, Any]) -> None:
        target: Any = properties(resources, name)
        for part in path[:-1]:
            target = target[part]
        del target[path[-1]]

    return mutate


def remove(name: str) -> Mutation:
    return lambda resources: resources.pop(name)


def add(name: str, kind: str, **values: Any) -> Mutation:
    return lambda resources: resources.update({name: {"Type": kind, "Properties": values}})


def public(path: str, method: str) -> Mutation:
    return put("Api", "Body", "paths", path, method, "security", [{"NONE": []}])


ENVIRONMENT = ("Environment", "Variables")
JWT = ("Body", "components", "securitySchemes", "Oidc", "x-amazon-apigateway-authorizer", "jwtConfiguration")
CONNECTIONS = {"Fn::Sub": "arn:aws:secretsmanager:us-east-1:1:secret:${AWS::StackName}/connections/*"}
ANY_SECRET = {"Fn::Sub": "arn:aws:secretsmanager:us-east-1:1:secret:*"}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

MUTATIONS: dict[str, list[Mutation]] = {
    "each_function_has_a_role_of_its_own": [put("FetchFunction", "Role", {"Fn::GetAtt": ["OAuthRole", "Arn"]})],
    "roles_allow_what_is_listed_and_no_more": [
        grant("FetchRole", "secretsmanager:DeleteSecret", CONNECTIONS),
        grant("OAuthRole", "s3:GetObject", {"Fn::Sub": "${ContentBucket.Arn}/*"}),
        put("VaultPolicy", "PolicyDocument", "Statement", []),
        put("ImportRole", "ManagedPolicyArns", [{"Ref": "VaultPolicy"}, ADMINISTRATOR]),
        grant("AgentRole", "s3:GetObject", {"Fn::Sub": "${ContentBucket.Arn}/*"}),
        grant("AgentRole", "sqs:SendMessage", {"Fn::GetAtt": ["WorkQueue", "Arn"]}),
        grant("JiraRole", "s3:GetObject", {"Fn::Sub": "${ContentBucket.Arn}/*"}),
        grant("JiraRole", "dynamodb:GetItem", {"Fn::GetAtt": ["CorpusTable", "Arn"]}),
    ],
    "no_right_is_a_wildcard": [
        grant("ImportRole", "dynamodb:*", {"Fn::GetAtt": ["StateTable", "Arn"]}),
        grant("ImportRole", "dynamodb:GetItem", "*"),
        put("OAuthRole", "ManagedPolicyArns", [ADMINISTRATOR]),
    ],
    "whole_tables_are_read_for_keys_only": [
        grant("SyncRole", "dynamodb:Scan", {"Fn::GetAtt": ["StateTable", "Arn"]}),
    ],
    "secrets_are_written_below_the_prefix_only": [
        grant("OAuthRole", "secretsmanager:PutSecretValue", {"Fn::GetAtt": ["AppSecret", "Id"]}),
        grant("SyncDispatcherRole", "secretsmanager:DeleteSecret", ANY_SECRET),
    ],
    "the_key_is_used_through_services_only": [grant("FetchRole", "kms:Decrypt", {"Fn::GetAtt": ["Key", "Arn"]})],
    "functions_are_shaped_alike": [
        put("OAuthFunction", "Timeout", 30),
        put("SyncDispatcherFunction", "Timeout", 90),
        put("SyncFunction", "Timeout", {"Ref": "WorkerTimeoutSeconds"}),
        put("FetchFunction", "Runtime", "python3.12"),
        put("FetchFunction", "Architectures", ["arm64"]),
    ],
    "each_function_logs_to_a_group_with_an_end": [
        drop("FetchLogs", "RetentionInDays"),
        drop("FetchFunction", "LoggingConfig"),
        put("FetchFunction", "LoggingConfig", "LogGroup", {"Ref": "ImportLogs"}),
    ],
    "every_setting_has_its_variable": [
        drop("ImportFunction", *ENVIRONMENT, "KMS_KEY_ID"),
        drop("FetchStepFunction", *ENVIRONMENT, "PIPELINE_WORKSPACES"),
        put("FetchFunction", *ENVIRONMENT, "PIPELINE_WORKSPACES", "all"),
    ],
    "the_dispatcher_cannot_take_the_whole_account": [drop("SyncDispatcherFunction", "ReservedConcurrentExecutions")],
    "routes_are_the_table_of_contents": [
        drop("Api", "Body", "paths", "/folders"),
        public("/folders", "get"),
        drop("Api", "Body", "paths", "/{proxy+}"),
        drop("Api", "Body", "paths", "/folders", "get", "security"),
        lambda resources: properties(resources, "Api")["Body"]["paths"].update(
            {"/debug": properties(resources, "Api")["Body"]["paths"]["/folders"]}
        ),
    ],
    "only_consents_and_agents_come_in_without_a_member": [
        public("/connections", "post"),
        public("/agents", "get"),
        public("/synchronizers", "post"),
        put(
            *("Api", "Body", "paths", "/agent/confluence", "post", "x-amazon-apigateway-integration", "uri"),
            {"Fn::Sub": "arn:aws:apigateway:${SyncFunction.Arn}/invocations"},
        ),
        drop("Api", "Body", "paths", "/features", "get", "security"),
    ],
    "tokens_are_checked_for_issuer_and_audience": [
        put("Api", *JWT, "audience", ["anybody"]),
        drop("Api", *JWT, "issuer"),
    ],
    "one_origin_may_call": [
        put("Api", "Body", "x-amazon-apigateway-cors", "allowOrigins", ["*"]),
        put("Api", "Body", "x-amazon-apigateway-cors", "allowHeaders", ["*"]),
    ],
    "access_logs_hold_no_addresses": [
        drop("ApiApiGatewayDefaultStage", "AccessLogSettings"),
        put("ApiApiGatewayDefaultStage", "AccessLogSettings", "Format", "$context.routeKey $context.path"),
    ],
    "tables_are_encrypted_with_our_key": [
        drop("CacheTable", "SSESpecification"),
        drop("StateTable", "SSESpecification", "KMSMasterKeyId"),
    ],
    "items_expire_by_the_same_attribute": [
        drop("CacheTable", "TimeToLiveSpecification"),
        put("StateTable", "TimeToLiveSpecification", "AttributeName", "expires"),
    ],
    "state_can_be_recovered": [
        drop("StateTable", "PointInTimeRecoverySpecification"),
        lambda resources: resources["StateTable"].pop("DeletionPolicy"),
    ],
    "cached_text_cannot_be_recovered": [
        put("CacheTable", "PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}),
        put("CacheTable", "StreamSpecification", {"StreamViewType": "KEYS_ONLY"}),
    ],
    "indexes_are_the_ones_that_are_read": [
        drop("StateTable", "GlobalSecondaryIndexes"),
        drop("CorpusTable", "GlobalSecondaryIndexes"),
        put("CacheTable", "GlobalSecondaryIndexes", 0, "Projection", {"ProjectionType": "ALL"}),
    ],
    "buckets_are_private_and_encrypted": [
        drop("ContentBucket", "PublicAccessBlockConfiguration"),
        put("TransientBucket", "PublicAccessBlockConfiguration", "BlockPublicAcls", False),
        drop("TransientBucket", "BucketEncryption"),
        remove("ContentBucketPolicy"),
    ],
    "transient_answers_are_gone_in_a_day": [
        put("TransientBucket", "VersioningConfiguration", {"Status": "Enabled"}),
        put("TransientBucket", "LifecycleConfiguration", "Rules", 0, "ExpirationInDays", 30),
        drop("ContentBucket", "VersioningConfiguration"),
    ],
    "the_key_rotates_and_belongs_to_the_account": [
        put("Key", "EnableKeyRotation", False),
        put("Key", "KeyPolicy", "Statement", 0, "Principal", "*"),
    ],
    "no_secret_is_in_the_template": [
        put("AppSecret", "SecretString", "hunter2"),
        drop("SigningSecret", "KmsKeyId"),
    ],
    "parameters_are_described_and_checked": [],
    "schedules_have_a_place_for_what_cannot_be_delivered": [
        drop("SweepSchedule", "Target", "DeadLetterConfig"),
        drop("KeepAliveSchedule", "Target", "RetryPolicy"),
        remove("KeepAliveSchedule"),
        remove("ReportAccountsSchedule"),
        put("SweepSchedule", "Target", "Input", '{"task":"sleep"}'),
        put("KeepAliveSchedule", "ScheduleExpressionTimezone", "Europe/Berlin"),
        remove("SyncDispatcherFunctionEventInvokeConfig"),
        add("JobQueue", "AWS::SQS::Queue", SqsManagedSseEnabled=True),
        drop("SchedulerDeadLetters", "SqsManagedSseEnabled"),
    ],
    "work_is_hidden_long_enough_and_parked_in_the_end": [
        put("WorkQueue", "VisibilityTimeout", {"Ref": "WorkerTimeoutSeconds"}),
        drop("WorkQueue", "RedrivePolicy"),
        put("WorkQueue", "RedrivePolicy", "maxReceiveCount", 1),
        drop("SyncWorkerFunctionWork", "FunctionResponseTypes"),
        drop("SyncWorkerFunctionWork", "ScalingConfig"),
        put("SyncWorkerFunctionWork", "BatchSize", 5),
        put("SyncWorkerFunctionWork", "EventSourceArn", {"Fn::GetAtt": ["WorkDeadLetters", "Arn"]}),
    ],
    "the_sweep_is_inside_atlassians_leeway": [
        put("SweepSchedule", "ScheduleExpression", "rate(20 minutes)"),
        put("SweepSchedule", "State", "DISABLED"),
        put("SweepSchedule", "FlexibleTimeWindow", "Mode", "FLEXIBLE"),
    ],
    "idle_grants_are_kept_alive_by_the_hour": [
        put("KeepAliveSchedule", "ScheduleExpression", "rate(1 day)"),
        put("KeepAliveSchedule", "State", "DISABLED"),
    ],
    "what_must_ring_rings": [
        remove("AppMisconfiguredAlarm"),
        remove("ServerErrorAlarm"),
        remove("VersionCollisionAlarm"),
        remove("UnhandledErrorAlarm"),
        remove("DispatcherErrorAlarm"),
        remove("SchedulerDeadLetterAlarm"),
        remove("WorkDeadLetterAlarm"),
        remove("WorkAgeAlarm"),
        remove("RemovalsPausedAlarm"),
        put("AppMisconfiguredAlarm", "Namespace", "Other"),
        drop("DispatcherErrorAlarm", "AlarmActions"),
    ],
}
CASES = [
    pytest.param(rule, mutation, id=f"{rule}-{number}")
    for rule, broken in MUTATIONS.items()
    for number, mutation in enumerate(broken)
]


@pytest.mark.parametrize(("rule", "mutation"), CASES)
def test_N4_the_rule_turns_red(rule: str, mutation: Mutation, transformed: Template) -> None:
    broken = copy.deepcopy(transformed)
    mutation(broken["Resources"])
    assert list(RULES[rule](broken))


@pytest.mark.parametrize("change", [{"Description": ""}, {"AllowedPattern": None}])
def test_N9_a_loose_parameter_turns_red(change: dict[str, Any], transformed: Template) -> None:
    broken = copy.deepcopy(transformed)
    parameter = broken["Parameters"]["Issuer"] | change
    broken["Parameters"]["Issuer"] = {name: value for name, value in parameter.items() if value is not None}
    assert list(RULES["parameters_are_described_and_checked"](broken))


def test_N9_a_secret_parameter_turns_red(transformed: Template) -> None:
    broken = copy.deepcopy(transformed)
    broken["Parameters"]["ClientSecret"] = {"Type": "String"}
    assert list(RULES["no_secret_is_in_the_template"](broken))


def test_every_rule_is_proven() -> None:
    assert MUTATIONS.keys() == RULES.keys()
    assert len(CASES) >= 15
