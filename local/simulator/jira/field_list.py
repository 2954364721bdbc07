"""The site's fields, as a client finds out their ids."""

from local.simulator.jira.call import Handler, JiraCall
from local.simulator.jira.fields import FIELDS, READ_ONLY
from local.simulator.wire import JsonObject, Reply


def fields(_: JiraCall) -> Reply:
    """All fields of the site."""
    listed: list[JsonObject] = [
        {
            "id": each.id,
            "key": each.id,
            "name": each.name,
            "custom": each.custom,
            "orderable": True,
            "navigable": True,
            "searchable": True,
            "clauseNames": [f"cf[{each.schema['customId']}]"] if each.custom else [each.id],
            "schema": dict(each.schema),
        }
        for each in FIELDS.values()
    ]
    for name, (title, kind) in READ_ONLY.items():
        known = {"orderable": False, "navigable": True, "searchable": True, "clauseNames": [name]}
        listed.append(
            {
                "id": name,
                "key": name,
                "name": title,
                "custom": False,
                **known,
                "schema": {"type": kind, "system": name},
            }
        )
    return Reply.json(listed)


HANDLERS: dict[str, Handler] = {"getFields": fields}
