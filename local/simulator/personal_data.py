"""Reporting of account ids: who stores them asks once a cycle which have closed or changed (api-facts 1.9)."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from local.simulator import refusals
from local.simulator.directory import Directory
from local.simulator.manners import Manners
from local.simulator.wire import JsonObject, Reply, Request

SCOPE = "report:personal-data"
AT_MOST = 90
CYCLE = {"cycle-period": "P7D"}


class _Known(BaseModel):
    """One account as the app knows it, and since when it does."""

    model_config = ConfigDict(extra="forbid")

    accountId: str = Field(min_length=1)  # noqa: N815 - the wire's name
    updatedAt: AwareDatetime  # noqa: N815 - the wire's name


class _Report(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accounts: list[_Known] = Field(min_length=1, max_length=AT_MOST)


def report_accounts(request: Request, scopes: frozenset[str], directory: Directory, manners: Manners) -> Reply:
    """200 with those that are no longer what the app knows, 204 if all of them are."""
    if SCOPE not in scopes:
        raise refusals.gateway(401, "Unauthorized; scope does not match")
    try:
        report = _Report.model_validate_json(request.body)
    except ValidationError as wrong:
        detail = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in wrong.errors()[:3])
        manners.record("parameter_out_of_range", request.method, request.path, detail)
        raise refusals.gateway(400, "Bad Request") from None
    found: list[JsonObject] = [
        {"accountId": each.accountId, "status": status}
        for each in report.accounts
        if (status := directory.report(each.accountId, each.updatedAt)) is not None
    ]
    return Reply.json({"accounts": found}, headers=CYCLE) if found else Reply(204, dict(CYCLE))
