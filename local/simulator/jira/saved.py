"""Jira as the snapshot keeps it: everything that changes, whole, since it is little."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from local.simulator.jira.nouns import Holders, Issue, JiraSite
from local.simulator.wire import JsonObject

ISSUES = TypeAdapter(dict[str, Issue])
HOLDERS: TypeAdapter[dict[str, Holders]] = TypeAdapter(dict[str, Holders])


def save(sites: Mapping[str, JiraSite]) -> JsonObject:
    """What a later process needs to go on."""
    return {
        cloud_id: {
            "issues": {key: asdict(issue) for key, issue in site.issues.items()},
            "ids_used": site.ids_used,
            "members": sorted(site.members),
            "holders": site.holders,
            "projects": {
                key: {"holders": project.holders, "issues_ever": project.issues_ever}
                for key, project in site.projects.items()
            },
        }
        for cloud_id, site in sites.items()
    }


def take_up(sites: Mapping[str, JiraSite], saved: Mapping[str, Any]) -> None:
    """Go on from what was saved; a site it does not know stays as it is."""
    for cloud_id, state in saved.items():
        site = sites[cloud_id]
        site.issues = ISSUES.validate_python(state["issues"])
        site.ids_used, site.members = state["ids_used"], set(state["members"])
        site.holders = HOLDERS.validate_python(state["holders"])
        for key, project in state["projects"].items():
            site.projects[key].holders = HOLDERS.validate_python(project["holders"])
            site.projects[key].issues_ever = project["issues_ever"]
