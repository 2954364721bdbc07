"""The snapshot that lets grants and edits survive a restart or a kill: one JSON file, replaced atomically.

Written before the answer leaves: a refresh token that a client holds is never unknown after a restart.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from local.simulator.directory import Profile
from local.simulator.grants import Code, Grant
from local.simulator.jira import saved as saved_jira
from local.simulator.site_state import beside_pages, take_up_beside_pages
from local.simulator.sites import Content, Site, Space
from local.simulator.world import World

FORMAT = 1
GRANTS = TypeAdapter(dict[str, Grant])
CODES = TypeAdapter(dict[str, Code])
CONTENT = TypeAdapter(Content)
PROFILES = TypeAdapter(dict[str, Profile])
SPACES = TypeAdapter(dict[str, Space | None])
STATE: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class Snapshot:
    """Saves and restores grants, codes, changed pages, spaces and profiles, Jira, and the clock's offset."""

    def __init__(self, path: Path, world: World) -> None:
        self._path, self._grants, self._sites, self._jira = path, world.grants, world.sites, world.jira
        self._directory, self._clock = world.directory, world.clock

    def save(self) -> None:
        """Replace the file; readers see the old or the new one, never a part."""
        edits = {
            cloud_id: {key: asdict(site.content[key]) if key in site.content else None for key in sorted(site.changed)}
            for cloud_id, site in self._sites.items()
        }
        state = {
            "format": FORMAT,
            "clock_offset_seconds": self._clock.offset_seconds,
            "grants": {name: asdict(grant) for name, grant in self._grants.by_account.items()},
            "codes": {value: asdict(code) for value, code in self._grants.codes.items()},
            "edits": edits,
            "jira": saved_jira.save(self._jira),
            "spaces": {cloud_id: _changed_spaces(site) for cloud_id, site in self._sites.items()},
            "beside_pages": {cloud_id: beside_pages(site) for cloud_id, site in self._sites.items()},
            "profiles": {key: asdict(profile) for key, profile in self._directory.changes.items()},
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(self._path.name + ".new")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(state, default=_plain), encoding="utf-8")
        os.replace(beside, self._path)  # noqa: PTH105 - the atomic one, by its name

    def restore(self) -> bool:
        """Take up a saved state; False if there is none. Raises ValueError for a file that is not ours."""
        if not self._path.exists():
            return False
        try:
            state: dict[str, Any] = STATE.validate_json(self._path.read_bytes())
        except ValidationError:
            state = {}
        if state.get("format") != FORMAT:
            raise ValueError(f"{self._path}: not a state of this simulator; remove it to begin anew")
        self._clock.offset_seconds = state["clock_offset_seconds"]
        self._grants.by_account = GRANTS.validate_python(state["grants"])
        self._grants.codes = CODES.validate_python(state["codes"])
        for cloud_id, edits in state["edits"].items():
            site = self._sites[cloud_id]
            for key, saved in edits.items():
                _take_up(site, key, saved)
        for cloud_id, saved_spaces in state.get("spaces", {}).items():
            _take_up_spaces(self._sites[cloud_id], SPACES.validate_python(saved_spaces))
        saved_jira.take_up(self._jira, state.get("jira", {}))
        for cloud_id, saved in state.get("beside_pages", {}).items():
            take_up_beside_pages(self._sites[cloud_id], saved)
        self._directory.changes = PROFILES.validate_python(state.get("profiles", {}))
        return True


def _changed_spaces(site: Site) -> dict[str, Any]:
    return {key: asdict(site.spaces[key]) if key in site.spaces else None for key in sorted(site.changed_spaces)}


def _take_up_spaces(site: Site, spaces: Mapping[str, Space | None]) -> None:
    site.changed_spaces.update(spaces)
    for key, space in spaces.items():
        if space is None:
            site.spaces.pop(key, None)
        elif key in site.spaces:
            site.spaces[key] = space


def _take_up(site: Site, key: str, saved: dict[str, Any] | None) -> None:
    if saved is None:
        site.changed.add(key)
        if key in site.content:
            site.purge(key)
        return
    content = CONTENT.validate_python(saved)
    # Edits to pages of space REAL last as long as the simulator is started with that space.
    if content.space_id in site.spaces:
        site.changed.add(key)
        site.replace(content)


def _plain(value: object) -> object:
    forms: dict[type, Callable[[Any], object]] = {datetime: datetime.isoformat, frozenset: sorted}
    return forms[type(value)](value)
