"""Rules on what is kept and on what rings: tables, buckets, secrets, key, schedules, alarms, parameters."""

import re
from collections.abc import Iterator

from tests.meta.template_rules import Template, functions, listed, named, of_type, rule


@rule
def tables_are_encrypted_with_our_key(template: Template) -> Iterator[str]:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        wanted = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "Key"}}
        if table.get("SSESpecification") != wanted:
            yield f"{name}: encryption"
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name}: billing"


@rule
def items_expire_by_the_same_attribute(template: Template) -> Iterator[str]:
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        if table.get("TimeToLiveSpecification") != {"AttributeName": "expires_at", "Enabled": True}:
            yield f"{name}: TTL"


@rule
def state_can_be_recovered(template: Template) -> Iterator[str]:
    table = template["Resources"]["StateTable"]
    if not table["Properties"].get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield "no point-in-time recovery"
    for name in ("StateTable", "ContentBucket", "Key"):
        if template["Resources"][name].get("DeletionPolicy") != "Retain":
            yield f"{name} goes with the stack"


@rule
def cached_text_cannot_be_recovered(template: Template) -> Iterator[str]:
    table = template["Resources"]["CacheTable"]["Properties"]
    if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield "point-in-time recovery"
    yield from (part for part in ("StreamSpecification", "KinesisStreamSpecification") if part in table)


@rule
def indexes_are_the_ones_that_are_read(template: Template) -> Iterator[str]:
    wanted = {
        "StateTable": ("due", "due_kind", "due_at"),
        "CacheTable": ("expiry", "expiry_shard", "expires_at"),
        "CorpusTable": ("by_title", "title_pk", "title_sk"),
    }
    for name, expected in wanted.items():
        found = [
            (index["IndexName"], *(key["AttributeName"] for key in index["KeySchema"]))
            for index in template["Resources"][name]["Properties"].get("GlobalSecondaryIndexes", [])
            if index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
        ]
        if found != [expected]:
            yield f"{name}: {found}"


@rule
def buckets_are_private_and_encrypted(template: Template) -> Iterator[str]:
    policies = {named(one["Bucket"]): str(one) for one in of_type(template, "AWS::S3::BucketPolicy").values()}
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        if list(bucket.get("PublicAccessBlockConfiguration", {}).values()) != [True] * 4:
            yield f"{name}: public access"
        if "'KMSMasterKeyID': {'Fn::GetAtt': ['Key', 'Arn']}" not in str(bucket.get("BucketEncryption")):
            yield f"{name}: encryption"
        if "aws:SecureTransport" not in policies.get(name, ""):
            yield f"{name}: plain http"


@rule
def transient_answers_are_gone_in_a_day(template: Template) -> Iterator[str]:
    bucket = template["Resources"]["TransientBucket"]["Properties"]
    if "VersioningConfiguration" in bucket:
        yield "old versions stay"
    rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
    if not any(one.get("ExpirationInDays") == 1 and one["Status"] == "Enabled" for one in rules):
        yield "no lifecycle of one day"
    if template["Resources"]["ContentBucket"]["Properties"].get("VersioningConfiguration") != {"Status": "Enabled"}:
        yield "copies have no versions"


@rule
def the_key_rotates_and_belongs_to_the_account(template: Template) -> Iterator[str]:
    key = template["Resources"]["Key"]["Properties"]
    if key.get("EnableKeyRotation") is not True:
        yield "no rotation"
    principals = [str(one.get("Principal")) for one in listed(key["KeyPolicy"]["Statement"])]
    if any("${AWS::AccountId}:root" not in one for one in principals):
        yield f"others may use it: {principals}"


@rule
def no_secret_is_in_the_template(template: Template) -> Iterator[str]:
    for name, secret in of_type(template, "AWS::SecretsManager::Secret").items():
        if "SecretString" in secret:
            yield f"{name}: a value"
        if named(secret.get("KmsKeyId")) != "Key":
            yield f"{name}: encryption"
    for name in template["Parameters"]:
        if re.search(r"(?i)secret|password|token|private", name):
            yield f"parameter {name}: secrets are not parameters"


@rule
def parameters_are_described_and_checked(template: Template) -> Iterator[str]:
    for name, parameter in template["Parameters"].items():
        if not parameter.get("Description"):
            yield f"{name}: description"
        if not parameter.keys() & {"AllowedPattern", "AllowedValues", "MinValue"}:
            yield f"{name}: nothing checks it"


@rule
def schedules_have_a_place_for_what_cannot_be_delivered(template: Template) -> Iterator[str]:
    queues = of_type(template, "AWS::SQS::Queue")
    schedules = of_type(template, "AWS::Scheduler::Schedule")
    tasks = {f'{{"task":"{task}"}}' for task in ("sweep", "keep_alive", "dispatch", "report_accounts")}
    if {str(one["Target"].get("Input")) for one in schedules.values()} != tasks:
        yield f"the tasks are not {sorted(tasks)}"
    used = set()
    for name, schedule in schedules.items():
        target = schedule["Target"]
        used.add(named(target.get("DeadLetterConfig", {}).get("Arn")))
        if not used <= queues.keys() or "RetryPolicy" not in target:
            yield f"{name}: dead letters or retries"
        if named(target["Arn"]) not in functions(template):
            yield f"{name}: target"
        # Scheduler only hands over; Lambda's own queue would go on trying for six hours.
        lasts = of_type(template, "AWS::Lambda::EventInvokeConfig").values()
        if not any(
            named(one["FunctionName"]) == named(target["Arn"]) and one.get("MaximumEventAgeInSeconds", 0) == 120
            for one in lasts
        ):
            yield f"{name}: old events are delivered"
        if schedule.get("ScheduleExpressionTimezone") != "UTC":
            yield f"{name}: not UTC"
    known = {"SchedulerDeadLetters", "WorkQueue", "WorkDeadLetters"}
    yield from (f"{name}: a queue that nobody reads" for name in queues.keys() - known)
    yield from (f"{name}: encryption" for name, queue in queues.items() if not queue.get("SqsManagedSseEnabled"))


@rule
def work_is_hidden_long_enough_and_parked_in_the_end(template: Template) -> Iterator[str]:
    queue = template["Resources"]["WorkQueue"]["Properties"]
    worker = functions(template)["SyncWorkerFunction"]
    # Six times the time-out, as Lambda's guide to SQS advises: a batch may be retried while Lambda is throttled.
    for bound in ("Default", "MinValue"):
        hidden = template["Parameters"][named(queue["VisibilityTimeout"])][bound]
        if hidden < 6 * template["Parameters"][named(worker["Timeout"])][bound]:
            yield f"{bound}: hidden for {hidden} s"
    redrive = queue.get("RedrivePolicy", {})
    if (
        named(redrive.get("deadLetterTargetArn")) != "WorkDeadLetters"
        or not 1 < redrive.get("maxReceiveCount", 0) <= 10
    ):
        yield "no dead letters"
    mappings = list(of_type(template, "AWS::Lambda::EventSourceMapping").values())
    if [named(one["EventSourceArn"]) for one in mappings] != ["WorkQueue"]:
        yield "the queue is not what the worker takes from"
    for one in mappings:
        if one.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield "one bad message fails its batch"
        if one.get("BatchSize") != 1:
            yield "turns that wait behind others' in one invocation"
        if "ScalingConfig" not in one:
            yield "workers without number"


@rule
def the_sweep_is_inside_atlassians_leeway(template: Template) -> Iterator[str]:
    sweep = template["Resources"]["SweepSchedule"]["Properties"]
    if sweep["ScheduleExpression"] != "rate(2 minutes)" or sweep["FlexibleTimeWindow"]["Mode"] != "OFF":
        yield "not every two minutes"
    if sweep.get("State", "ENABLED") != "ENABLED":
        yield "disabled"


@rule
def idle_grants_are_kept_alive_by_the_hour(template: Template) -> Iterator[str]:
    keep_alive = template["Resources"]["KeepAliveSchedule"]["Properties"]
    if keep_alive["ScheduleExpression"] != "rate(1 hour)":
        yield "too rarely for a fleet: docs/scale.md"
    if keep_alive.get("State", "ENABLED") != "ENABLED":
        yield "disabled"


@rule
def what_must_ring_rings(template: Template) -> Iterator[str]:
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    heard = {(named(alarm["Namespace"]), alarm["MetricName"], str(alarm["Dimensions"])) for alarm in alarms}
    for namespace, metric, dimension in (
        ("AWS::StackName", "AppMisconfigured", "confluence-connector"),
        ("AWS::StackName", "VersionCollision", "confluence-connector"),
        ("AWS::StackName", "UnhandledError", "confluence-connector"),
        ("AWS/ApiGateway", "5xx", "Api"),
        ("AWS/Lambda", "Errors", "SyncDispatcherFunction"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "SchedulerDeadLetters"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "WorkDeadLetters"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", "WorkQueue"),
        ("AWS::StackName", "RemovalsPaused", "confluence-connector"),
    ):
        if not any(one[:2] == (namespace, metric) and dimension in one[2] for one in heard):
            yield f"{namespace} {metric}"
    yield from (f"{alarm['MetricName']}: notifies nobody" for alarm in alarms if "AlarmActions" not in alarm)
