"""`/_simulator/…`: what tests and demonstrations do to the simulator from outside. Only the simulator has this.

Every route is a line in `_routes`; the same deeds are methods of `Simulator` in process.
"""

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.behaviour import Behaviour
from local.simulator.control_crowd import account_deed, generated_deed, space_deed
from local.simulator.control_order import Order, Unfit
from local.simulator.directory import NoSuchAccount
from local.simulator.edits import NoSuchPage
from local.simulator.faults import Fault
from local.simulator.jira import control as jira_control
from local.simulator.jira.editor import NoSuchIssue
from local.simulator.site_edits import SiteEditor
from local.simulator.sites import Content, Site
from local.simulator.wire import JsonObject, Reply, Request

if TYPE_CHECKING:
    from local.simulator.simulator import Simulator

PREFIX = "/_simulator/"
BODY: TypeAdapter[JsonObject] = TypeAdapter(JsonObject)
FAULT = TypeAdapter(Fault)
BEHAVIOUR = TypeAdapter(Behaviour)


class Control:
    """The control API over one simulator. Called with the simulator's lock held."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator

    def handle(self, request: Request) -> Reply:
        """200 with JSON, 400 with a reason, 404 for an unknown route."""
        parts = tuple(request.path.removeprefix(PREFIX).split("/"))
        try:
            return Reply.json(self._act(Order(parts, BODY.validate_json(request.body or b"{}"), request)))
        except (Unfit, ValidationError, ValueError) as problem:
            return Reply.json({"problem": str(problem)}, 400)
        except NoSuchPage as missing:
            return Reply.json({"problem": f"no such page or space: {missing}"}, 404)
        except NoSuchAccount as missing:
            return Reply.json({"problem": f"no such account: {missing}"}, 404)
        except NoSuchIssue as missing:
            return Reply.json({"problem": f"no such issue or project: {missing}"}, 404)

    def _act(self, order: Order) -> object:
        routes: dict[str, Callable[[Order], object]] = {
            "GET health": lambda _: {"status": "ok"},
            "GET accounts": lambda _: [self._account(name) for name in ACCOUNTS],
            "GET pages": self._pages,
            "POST pages": self._create,
            "POST grants/revoke": lambda o: {"revoked": self._simulator.revoke(o.account())},
            "POST grants/expire": self._expire,
            "GET requests": lambda _: self._counters(),
            "DELETE requests": self._reset,
            "GET log": lambda _: list(self._log()),
            "GET violations": lambda _: self._simulator.world.manners.as_json(),
            "DELETE violations": self._forgive,
            "POST script": self._script,
            "GET script": lambda _: FAULT_LIST.dump_python(self._simulator.world.faults.waiting, mode="json"),
            "DELETE script": self._unscript,
            "GET behaviour": lambda _: dataclasses.asdict(self._simulator.behaviour),
            "POST behaviour": self._behave,
            "GET clock": lambda _: {"now": self._simulator.clock().isoformat()},
            "POST clock": self._advance,
            "GET points": lambda _: self._points(),
            "POST points": self._spend,
        }
        name = f"{order.request.method} {'/'.join(order.parts)}"
        if name in routes:
            return routes[name](order)
        if order.parts[0] == "jira":
            site = self._site(order)
            editor = self._simulator.jira(site.cloud_id)
            return jira_control.act(
                order, order.parts[1:], self._simulator.world.jira[site.cloud_id], editor, self._simulator.clock()
            )
        match order.request.method, order.parts:
            case "POST", ("pages", page_id, deed):
                return self._edit(order, page_id, deed)
            case "POST", ("spaces", key, deed):
                return space_deed(self._editor(self._site(order)), order, key, deed)
            case "POST", ("generated", deed):
                site = self._site(order)
                return generated_deed(self._editor(site), order, len(site.generated), deed, self._simulator.clock())
            case "POST", ("accounts", who, deed):
                return account_deed(self._simulator, order, who, deed)
        raise NoSuchPage(f"{order.request.method} {order.request.path}")

    # ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _site(self, order: Order) -> Site:
        """The member or query parameter `site`, a cloud id or a name; acme if not said: page ids collide over sites."""
        wanted = order.body.get("site") or order.request.first("site") or ACME
        for site in self._simulator.sites.values():
            if wanted in {site.cloud_id, site.name, site.url}:
                return site
        raise Unfit(f"no site {wanted!r}")

    def _editor(self, site: Site) -> SiteEditor:
        return self._simulator.editor(site.cloud_id)

    def _edit(self, order: Order, page_id: str, deed: str) -> JsonObject:
        editor, now, body = self._editor(self._site(order)), self._simulator.clock(), order.body
        deeds: dict[str, Callable[[], Content]] = {
            "edit": lambda: editor.edit(
                page_id, now, storage=body.get("storage"), adf=body.get("adf"), title=body.get("title")
            ),
            "rename": lambda: editor.rename(page_id, now, order.text("title")),
            "move": lambda: editor.move(page_id, body.get("parent_id"), body.get("space_key")),
            "trash": lambda: editor.trash(page_id),
            "restore": lambda: editor.restore(page_id),
            "archive": lambda: editor.archive(page_id),
            "label": lambda: editor.label(page_id, [str(each) for each in body.get("labels", [])], now),
            "lock": lambda: editor.lock(page_id, [order.account_id(name) for name in body.get("accounts", [])]),
            "unlock": lambda: editor.lock(page_id, None),
            "open": lambda: editor.restrict(page_id, None),
            "restrict": lambda: editor.restrict(page_id, [order.account_id(name) for name in body.get("accounts", [])]),
        }
        if deed == "purge":
            editor.purge(page_id)
            return {"id": page_id, "status": "purged"}
        if deed not in deeds:
            raise Unfit(f"{deed!r}: one of {', '.join([*deeds, 'purge'])}")
        return _summary(deeds[deed]())

    def _create(self, order: Order) -> JsonObject:
        site = self._site(order)
        page_id = str(max(map(int, site.content), default=0) + 1)
        content = self._editor(site).create(
            page_id,
            order.text("space"),
            order.text("title"),
            self._simulator.clock(),
            order.account_id(order.body.get("account", "ada")),
            storage=order.body.get("storage", ""),
            parent_id=order.body.get("parent_id"),
        )
        return _summary(content)

    def _pages(self, order: Order) -> list[JsonObject]:
        site = self._site(order)
        key = order.request.first("space")
        space = site.space_by_key(key) if key else None
        return [_summary(each) for each in site.content.values() if space is None or each.space_id == space.id]

    # ── the rest ──────────────────────────────────────────────────────────────────────────────────────────────
    def _account(self, name: str) -> JsonObject:
        account = ACCOUNTS[name]
        sites = [{"cloud_id": each, "url": self._simulator.sites[each].url} for each in account.cloud_ids]
        return {"name": name, "account_id": account.account_id, "sites": sites}

    def _expire(self, order: Order) -> JsonObject:
        """`what`: `access`, the access tokens (the default), or `grant`, all of it as after 90 idle days."""
        what = order.body.get("what", "access")
        deeds = {"access": self._simulator.expire_access_tokens, "grant": self._simulator.expire_grant}
        if what not in deeds:
            raise Unfit("what is access or grant")
        deeds[what](order.account())
        return {"expired": what}

    def _counters(self) -> JsonObject:
        by_endpoint = self._simulator.by_endpoint
        return {"total": by_endpoint.total(), "by_endpoint": dict(sorted(by_endpoint.items()))}

    def _reset(self, _: Order) -> JsonObject:
        self._simulator.reset_requests()
        return self._counters()

    def _forgive(self, _: Order) -> JsonObject:
        self._simulator.world.manners.violations.clear()
        return {"violations": 0}

    def _unscript(self, _: Order) -> JsonObject:
        self._simulator.clear_scripts()
        return {"waiting": 0}

    def _log(self) -> Iterable[JsonObject]:
        """Requests without what could be a secret: no query of the auth host, no headers' values, no bodies."""
        for seen in self._simulator.requests:
            query = [] if "oauth" in seen.path or seen.path == "/authorize" else list(seen.query)
            yield {
                "at": seen.at.isoformat(),
                "method": seen.method,
                "host": seen.host,
                "path": seen.path,
                "query": query,
                "endpoint": seen.endpoint,
                "account": seen.account,
                "status": seen.status,
                "headers": sorted(seen.headers),
            }

    def _script(self, order: Order) -> object:
        if unknown := order.body.keys() - {field.name for field in dataclasses.fields(Fault)}:
            raise Unfit(f"a fault has no {', '.join(sorted(unknown))}")
        self._simulator.schedule(FAULT.validate_python(order.body))
        return {"waiting": len(self._simulator.world.faults.waiting)}

    def _behave(self, order: Order) -> JsonObject:
        known = dataclasses.asdict(self._simulator.behaviour)
        if unknown := order.body.keys() - known.keys():
            raise Unfit(f"no such switch: {', '.join(sorted(unknown))}")
        wanted = BEHAVIOUR.validate_python(known | order.body)
        for name, value in dataclasses.asdict(wanted).items():
            setattr(self._simulator.behaviour, name, value)
        return dataclasses.asdict(self._simulator.behaviour)

    def _advance(self, order: Order) -> JsonObject:
        seconds = order.body.get("advance_seconds")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise Unfit("advance_seconds is a number, not negative")
        return {"now": self._simulator.clock.advance(seconds).isoformat()}

    def _points(self) -> JsonObject:
        ledger = self._simulator.world.ledger
        return {"used_this_hour": ledger.used, "total": ledger.total, "quota": self._simulator.behaviour.hourly_points}

    def _spend(self, order: Order) -> JsonObject:
        used = order.body.get("used")
        if not isinstance(used, int) or used < 0:
            raise Unfit("used is a number, not negative")
        self._simulator.world.ledger.used = used
        return self._points()


FAULT_LIST: TypeAdapter[Any] = TypeAdapter(list[Fault])


def _summary(content: Content) -> JsonObject:
    return {
        "id": content.id,
        "type": content.type,
        "title": content.title,
        "status": content.status,
        "space_id": content.space_id,
        "parent_id": content.parent_id,
        "version": content.version.number,
    }
