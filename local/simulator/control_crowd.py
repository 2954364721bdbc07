"""The control API's deeds to whole spaces, to generated pages by the share, and to accounts."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.simulator.control_order import Order, Unfit
from local.simulator.site_edits import SiteEditor
from local.simulator.sites import Space
from local.simulator.wire import JsonObject

if TYPE_CHECKING:
    from local.simulator.accounts import Account
    from local.simulator.simulator import Simulator


def space_deed(editor: SiteEditor, order: Order, key: str, deed: str) -> JsonObject:
    """`remove`, `archive`, `restore`, `restrict` to accounts, `open`."""
    key = unquote(key)
    deeds: dict[str, Callable[[], Space]] = {
        "remove": lambda: editor.remove_space(key),
        "archive": lambda: editor.archive_space(key),
        "restore": lambda: editor.restore_space(key),
        "restrict": lambda: editor.restrict_space(
            key, [order.account_id(name) for name in order.body.get("accounts", [])]
        ),
        "open": lambda: editor.restrict_space(key, None),
    }
    if deed not in deeds:
        raise Unfit(f"{deed!r}: one of {', '.join(deeds)}")
    space = deeds[deed]()
    return {"id": space.id, "key": space.key, "status": "removed" if deed == "remove" else space.status}


def generated_deed(editor: SiteEditor, order: Order, generated: int, deed: str, now: datetime) -> JsonObject:
    """`touch` or `trash` of a `share` of the generated pages, or of a `count` of them."""
    number, seed = _number(order, generated), order.body.get("seed", 0)
    if not isinstance(seed, int):
        raise Unfit("seed is a whole number")
    deeds: dict[str, Callable[[], list[str]]] = {
        "touch": lambda: editor.touch_generated(number, now, seed),
        "trash": lambda: editor.trash_generated(number, seed),
    }
    if deed not in deeds:
        raise Unfit(f"{deed!r}: one of {', '.join(deeds)}")
    return {"ids": deeds[deed]()}


def _number(order: Order, generated: int) -> int:
    """How many, said as such or as a share of all."""
    match order.body:
        case {"share": int() | float() as share} if 0 <= share <= 1 and "count" not in order.body:
            return round(share * generated)
        case {"count": int() as count} if "share" not in order.body:
            return count
    raise Unfit("either share, from 0 to 1, or count, a whole number")


def account_deed(simulator: "Simulator", order: Order, who: str, deed: str) -> JsonObject:
    """`close`, or `rename` to a `display_name`."""
    name_or_id = unquote(who)
    deeds: dict[str, Callable[[], Account]] = {
        "close": lambda: simulator.close_account(name_or_id),
        "rename": lambda: simulator.rename_account(name_or_id, order.text("display_name")),
    }
    if deed not in deeds:
        raise Unfit(f"{deed!r}: one of {', '.join(deeds)}")
    account = deeds[deed]()
    return {"account_id": account.account_id, "display_name": account.display_name, "status": account.status}
