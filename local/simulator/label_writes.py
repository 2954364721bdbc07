"""v1 label writes: labels are put on and taken off, never replaced as a whole.

Source: api-facts, labels, comments, users; the documents of the v1 content label operations.
"""

import re
from typing import Literal

from pydantic import ConfigDict, RootModel

from local.simulator import refusals
from local.simulator.call import Call, Handler
from local.simulator.v1_content import label_rows
from local.simulator.wire import Reply
from local.simulator.written import Written, read

LONGEST = 255
MOST_AT_ONCE = 20
# What Confluence does not take in a label; a blank ends one.
UNFIT = re.compile(r"[\s:;,.?&\[\]()#^*!@]")


class NewLabel(Written):
    """A label to be put on; more members are allowed and mean nothing."""

    model_config = ConfigDict(extra="ignore")

    prefix: Literal["global", "my", "team"]
    name: str


class NewLabels(RootModel[list[NewLabel] | NewLabel]):
    """A list of labels, or one."""


def add(call: Call) -> Reply:
    """Put labels on; those that are there already stay. Answers with all of them."""
    content = call.may_edit(call.content_v1(call.params["id"]))
    written = read(call, NewLabels).root
    asked = written if isinstance(written, list) else [written]
    if not 0 < len(asked) <= MOST_AT_ONCE:
        raise refusals.v1(400, f"Between 1 and {MOST_AT_ONCE} labels can be added at once")
    for label in asked:
        if label.prefix != "global":
            raise call.not_simulated(f"labels with the prefix {label.prefix}")
        if not label.name or len(label.name) > LONGEST or UNFIT.search(label.name):
            raise refusals.v1(400, "A label is empty, too long or holds an invalid character")
    # Labels are lower case, however they are written.
    names = dict.fromkeys([*content.labels, *(label.name.lower() for label in asked)])
    call.editor.label(content.id, names, call.world.clock())
    rows = label_rows(content.labels)
    links = {"base": call.base, "context": "/wiki", "self": f"{call.base}{call.path.removeprefix('/wiki')}"}
    return Reply.json({"results": rows, "start": 0, "limit": 200, "size": len(rows), "_links": links})


def remove_by_query(call: Call) -> Reply:
    """Take a label off; the only way for a name with `/`."""
    return _remove(call, call.query.one("name") or "")


def remove_by_path(call: Call) -> Reply:
    """Take a label off."""
    if "/" in call.params["label"]:
        raise refusals.v1(400, "The label name must not contain '/'; use the query parameter")
    return _remove(call, call.params["label"])


def _remove(call: Call, name: str) -> Reply:
    content = call.may_edit(call.content_v1(call.params["id"]))
    if content.status == "archived":
        raise refusals.v1(400, "Labels cannot be removed from archived content")
    left = [each for each in content.labels if each != name.lower()]
    call.editor.label(content.id, left, call.world.clock())
    return Reply.empty()


HANDLERS: dict[str, Handler] = {
    "addLabelsToContent": add,
    "removeLabelFromContentUsingQueryParameter": remove_by_query,
    "removeLabelFromContent": remove_by_path,
}
