"""Idempotency records on the State table, kept by powertools: hashes, a status and the id of what was made.

The record's key is a hash over workspace, caller, route and key; a caller cannot reach another's. A function that was
killed leaves a record "in progress", which counts until that invocation's time-out; what the repeat then does is kept
from doubling by the claim that the creation itself makes (`Features.create`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)

from confluence_connector.adapters.aws import named_failures
from confluence_connector.adapters.dynamodb import keys
from confluence_connector.errors import IdempotencyKeyReused, InProgress
from confluence_connector.limits import IDEMPOTENCY_SECONDS
from confluence_connector.ports import Deadline
from confluence_connector.ports.idempotency import Request

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOUN: Final = "IDEMPOTENCY"


@dataclass(frozen=True, slots=True)
class PowertoolsIdempotency:
    """The `Idempotency` port."""

    client: "DynamoDBClient"
    table: str

    def once(self, request: Request, do: Callable[[str], str], deadline: Deadline) -> str:
        config = IdempotencyConfig(
            event_key_jmespath="name",
            payload_validation_jmespath="body",
            raise_on_no_idempotency_key=True,
            hash_function="sha256",
            expires_after_seconds=IDEMPOTENCY_SECONDS,
        )
        config.register_lambda_context(_Remaining(deadline))  # type: ignore[arg-type]  # it asks for the time left only
        store = DynamoDBPersistenceLayer(
            self.table,
            key_attr="pk",
            static_pk_value=keys.of_workspace(request.workspace),
            sort_key_attr="sk",
            expiry_attr="expires_at",
            boto3_client=self.client,
        )

        @idempotent_function(  # type: ignore[untyped-decorator]
            data_keyword_argument="asked", persistence_store=store, config=config, key_prefix=NOUN
        )
        def run(*, asked: dict[str, Any]) -> dict[str, str]:
            return {"id": do(asked["name"])}

        try:
            made: dict[str, str] = run(asked={"name": name_of(request), "body": request.body})
        except IdempotencyValidationError:
            raise IdempotencyKeyReused from None
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
            raise InProgress(retry_after=2) from None
        except IdempotencyPersistenceLayerError as error:
            with named_failures():
                raise (error.__cause__ or error) from None
        return made["id"]


def name_of(request: Request) -> str:
    """The request's own name: it can be had by no other workspace, caller, route or key, and tells none of them."""
    parts = [request.workspace, request.caller, request.route, request.key]
    return sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Remaining:
    """What powertools wants of a Lambda context: until when a call in progress may count as alive."""

    deadline: Deadline

    def get_remaining_time_in_millis(self) -> int:
        return int(self.deadline.remaining_seconds() * 1000)
