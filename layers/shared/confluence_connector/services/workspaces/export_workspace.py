"""Everything of a workspace as one ZIP (I6), batch by batch; see `WorkspaceJob`.

export.json                        what this is
features/…jsonl, agents/…jsonl, …  its things, a line of JSON each
documents/<id>.md                  texts of copies; of a link there is none
corpus/<connection>/…              the pages that sync keeps, as they lie, with their metadata
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from confluence_connector.domain.workspace_archives import Archive
from confluence_connector.domain.workspace_jobs import Stage, WorkspaceJob, stage_done
from confluence_connector.domain.workspace_records import Record
from confluence_connector.limits import EXPORT_KEPT_HOURS, EXPORT_PART_BYTES, EXPORT_RECORDS_AT_ONCE
from confluence_connector.ports import Clock, Deadline
from confluence_connector.ports.workspace_jobs import Archives, WorkspaceItems, WorkspaceObjects

FORMAT = 1


@dataclass(frozen=True, slots=True)
class ExportWorkspace:
    """The `Engine` of exports."""

    items: WorkspaceItems
    objects: WorkspaceObjects
    archives: Archives
    now: Clock

    def step(self, job: WorkspaceJob, _: Deadline) -> WorkspaceJob:
        """Raises WorkspaceTooLarge."""
        if job.archive is None:
            return self._begin(job)
        stages: Mapping[Stage, Callable[[WorkspaceJob, Archive], WorkspaceJob]] = {
            "records": self._add_records,
            "texts": self._add_texts,
            "seal": self._seal,
        }
        return stages[job.stages[0]](job, job.archive)

    def finish(self, job: WorkspaceJob) -> WorkspaceJob:
        return job

    def _begin(self, job: WorkspaceJob) -> WorkspaceJob:
        about = {"workspace": job.workspace, "asked_for_at": job.created_at.isoformat(), "format": FORMAT}
        archive = self.archives.begin(job)
        return replace(job, archive=self.archives.add(job, archive, [("export.json", json.dumps(about).encode())]))

    def _add_records(self, job: WorkspaceJob, archive: Archive) -> WorkspaceJob:
        """Up to so many things, or so much text, of one step: each folder's in a file of its own."""
        lines: dict[str, list[str]] = {}
        texts: list[tuple[str, bytes]] = []
        position, count, size = None, 0, 0
        for record in self.items.records(job.workspace, job.position):
            position, count = record.position, count + 1
            if record.folder is not None:
                line = json.dumps(record.fields, ensure_ascii=False)
                lines.setdefault(record.folder, []).append(line)
                size += len(line)
            if record.text is not None:
                texts.append(_text_of(record))
                size += len(texts[-1][1])
            if count == EXPORT_RECORDS_AT_ONCE or size > EXPORT_PART_BYTES:
                break
        if position is None:
            return stage_done(job)
        step = archive.step + 1
        files = [(f"{folder}/{step:06}.jsonl", "\n".join([*some, ""]).encode()) for folder, some in lines.items()]
        return replace(job, archive=self.archives.add(job, archive, files + texts), position=position)

    def _add_texts(self, job: WorkspaceJob, archive: Archive) -> WorkspaceJob:
        found = self.objects.texts(job.workspace, job.position)
        done = replace(job, archive=self.archives.add(job, archive, found.files)) if found.files else job
        return replace(done, position=found.position) if found.position is not None else stage_done(done)

    def _seal(self, job: WorkspaceJob, archive: Archive) -> WorkspaceJob:
        until = self.now() + timedelta(hours=EXPORT_KEPT_HOURS)
        return stage_done(replace(job, archive=self.archives.seal(job, archive, until)))


def _text_of(record: Record) -> tuple[str, bytes]:
    return f"documents/{record.fields['id']}.md", (record.text or "").encode()
