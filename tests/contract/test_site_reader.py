"""A site read in bulk: the stand-in and the real adapter over the simulator say the same of the same site."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest

from confluence_connector.domain import scopes
from confluence_connector.domain.corpus import Ancestor, CorpusAttachment, PageDetails
from confluence_connector.domain.identifiers import PageId, SpaceId
from confluence_connector.errors import CqlRefused
from confluence_connector.ports.site_reading import ListedPage, ListedSpace, Listing, Person, SiteReader
from local.simulator import Simulator, create_simulator
from local.simulator.accounts import ACCOUNTS, ACME
from local.simulator.links import page_links
from local.simulator.sites import Content
from tests.atlassian import Rig
from tests.conftest import MovableClock
from tests.fakes.site_reading import FakeSite, FakeSiteReader

ALICE = ACCOUNTS["alice"]


def mirrored(simulator: Simulator) -> FakeSite:
    """The simulator's site as alice sees it, this very moment."""
    site, now = simulator.sites[ACME], simulator.clock()
    fake = FakeSite()
    for space in site.spaces.values():
        if site.sees_space(ALICE, space):
            fake.spaces[SpaceId(space.id)] = ListedSpace(
                SpaceId(space.id), space.key, space.name, space.type, space.status
            )
    for content in site.content.values():
        if content.type == "page" and site.sees(ALICE, content):
            page_id = PageId(content.id)
            fake.pages[page_id] = _page(simulator, content)
            fake.details[page_id] = _details(simulator, content)
            if (now - content.created_at).total_seconds() < simulator.behaviour.index_delay_seconds:
                fake.unindexed.add(page_id)
    for account in (*ACCOUNTS.values(), simulator.world.directory.named("closed")):
        known = simulator.world.directory.named(account.account_id)
        fake.people[account.account_id] = known.display_name if known.status == "active" else None
    return fake


def _page(simulator: Simulator, content: Content) -> ListedPage:
    site = simulator.sites[ACME]
    version = content.version
    assert content.status in {"current", "archived", "trashed"}
    return ListedPage(
        id=PageId(content.id),
        space_id=SpaceId(content.space_id),
        title=version.title,
        url=f"{site.url}/wiki{page_links(content, site.spaces[content.space_id])['webui']}",
        version=version.number,
        updated_at=version.created_at.replace(microsecond=version.created_at.microsecond // 1000 * 1000),
        parent_id=PageId(content.parent_id) if content.parent_id and content.status != "trashed" else None,
        author_id=version.author_id,
        status=content.status,  # type: ignore[arg-type]
        created_at=content.created_at.replace(microsecond=content.created_at.microsecond // 1000 * 1000),
        body=version.storage,
    )


def _details(simulator: Simulator, content: Content) -> PageDetails:
    site = simulator.sites[ACME]
    files = [each for each in site.attachments.of(content.id) if each.status == "current"]
    return PageDetails(
        tuple(sorted(content.labels)),
        tuple(Ancestor(PageId(each.id), each.title) for each in site.ancestors(content)),
        tuple(
            CorpusAttachment(
                each.id,
                each.filename,
                each.media_type,
                len(each.body),
                f"{site.url}/wiki/download/attachments/{content.id}/{quote(each.filename, safe='')}",
            )
            for each in sorted(files, key=lambda each: (each.filename, each.id))
        ),
    )


@dataclass
class World:
    """One simulated site, and readers of it."""

    simulator: Simulator
    new_reader: Callable[[], SiteReader]

    @property
    def reader(self) -> SiteReader:
        return self.new_reader()

    def page_ids(self, title: str) -> PageId:
        return PageId(next(each.id for each in self.simulator.sites[ACME].content.values() if each.title == title))

    def space_ids(self, *kinds: str) -> list[SpaceId]:
        return [space.id for space in mirrored(self.simulator).spaces.values() if space.type in kinds]


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest, clock: MovableClock) -> World:
    simulator = create_simulator(clock=clock, sleep=clock.sleep, generate="620:3")
    if request.param == "fake":
        return World(simulator, lambda: FakeSiteReader(mirrored(simulator)))
    rig = Rig(simulator, clock)
    rig.grant.scope = " ".join(sorted(scopes.SYNC))
    return World(simulator, lambda: rig.site_reader)


def all_of(ask: Callable[[str | None], Listing]) -> list[Listing]:
    """A list's answers to the end."""
    listings = [ask(None)]
    while listings[-1].cursor is not None:
        listings.append(ask(listings[-1].cursor))
    return listings


def numbers(pages: Sequence[Any]) -> list[int]:
    return [int(each.id) for each in pages]


# ── spaces ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_space_is_told_archived_and_personal_ones_too(world: World) -> None:
    world.simulator.editor().archive_space("GEN3")
    expected = mirrored(world.simulator).spaces
    assert {space.id: space for space in world.reader.spaces()} == expected
    assert {space.status for space in expected.values()} == {"current", "archived"}
    assert "personal" in {space.type for space in expected.values()}


def test_spaces_are_told_by_id_and_those_out_of_sight_are_absent(world: World) -> None:
    first, second, third = world.space_ids("global")[:3]
    world.simulator.editor().restrict_space(mirrored(world.simulator).spaces[third].key, [])
    found = world.reader.spaces_by_id([second, first, third, SpaceId("424242")])
    assert {space.id for space in found} == {first, second}
    assert world.reader.spaces_by_id([first])[0] == mirrored(world.simulator).spaces[first]


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_pages_come_first_with_their_bodies(world: World, clock: MovableClock) -> None:
    page_id = world.page_ids("PRD: Gift cards")
    clock.move(seconds=60)
    world.simulator.editor().edit(page_id, clock(), storage="<p>Änderung</p>", author_id=ACCOUNTS["ada"].account_id)
    first = world.reader.newest(10)
    assert len(first.pages) == 10
    assert first.pages[0] == mirrored(world.simulator).pages[page_id]
    assert (first.pages[0].body, first.pages[0].author_id) == ("<p>Änderung</p>", ACCOUNTS["ada"].account_id)
    times = [page.updated_at for page in first.pages]
    assert times == sorted(times, reverse=True)
    reader = world.reader
    everything = all_of(lambda cursor: reader.newest(250, cursor))
    seen = [page for listing in everything for page in listing.pages]
    current = [page for page in mirrored(world.simulator).pages.values() if page.status == "current"]
    assert sorted(numbers(seen)) == sorted(numbers(current))


@pytest.mark.parametrize("bodies", [True, False])
def test_a_walk_meets_every_current_page_of_its_spaces_once_in_order(world: World, *, bodies: bool) -> None:
    editor = world.simulator.editor()
    editor.archive(world.page_ids("PRD: Saved carts"))
    editor.trash(world.page_ids("PRD: Gift cards"))
    spaces = world.space_ids("global")[:-1]
    reader = world.reader
    listings = all_of(lambda cursor: reader.walk(spaces, bodies=bodies, cursor=cursor))
    pages = [page for listing in listings for page in listing.pages]
    there = mirrored(world.simulator).pages.values()
    expected = [page for page in there if page.status == "current" and page.space_id in spaces]
    ordered = sorted(expected, key=lambda page: int(page.id))
    assert pages == (ordered if bodies else [replace(page, body=None) for page in ordered])
    assert max(len(listing.pages) for listing in listings) == 250
    assert reader.spent.requests == len(listings)


def test_pages_are_told_by_id_in_every_state_and_those_out_of_sight_are_absent(world: World) -> None:
    editor = world.simulator.editor()
    archived, trashed = world.page_ids("PRD: Saved carts"), world.page_ids("PRD: Gift cards")
    generated = [each for each in mirrored(world.simulator).pages if int(each) > 10**9]
    content = world.simulator.sites[ACME].content
    below = next(each for each in generated if content[each].parent_id in generated)
    hidden = PageId(content[below].parent_id or "")
    editor.archive(archived)
    editor.trash(trashed)
    editor.restrict(hidden, ["somebody-else"])
    there = mirrored(world.simulator).pages
    generated = [each for each in generated if each in there][:200]
    wanted = [*generated, archived, trashed, hidden, below, PageId("4242424242")]
    reader = world.reader
    found = {page.id: page for page in reader.pages(wanted, bodies=True)}
    assert found == {each: there[each] for each in (*generated, archived, trashed)}
    assert (found[archived].status, found[trashed].status) == ("archived", "trashed")
    assert (reader.spent.requests, reader.spent.points) == (1, 1 + len(found))
    assert world.reader.pages([archived], bodies=False) == [replace(there[archived], body=None)]
    assert world.reader.pages([], bodies=True) == []


# ── what a query finds ──────────────────────────────────────────────────────────────────────────────────────────────


def every_match(reader: SiteReader, cql: str) -> list[PageId]:
    found = [reader.matching(cql)]
    while found[-1].cursor is not None:
        found.append(reader.matching(cql, found[-1].cursor))
    assert max(len(matches.pages) for matches in found) <= 250
    return [page_id for matches in found for page_id in matches.pages]


def test_a_query_finds_the_current_pages_inside_its_fence_answer_by_answer(world: World, clock: MovableClock) -> None:
    editor = world.simulator.editor()
    for number in range(270):
        editor.create(
            str(880_000 + number), "ENG", f"E {number}", clock(), ALICE.account_id, storage="", parent_id=None
        )
    clock.move(seconds=60)
    editor.archive(PageId("880007"))
    editor.trash(PageId("880008"))
    editor.restrict(PageId("880009"), ["somebody-else"])
    (space,) = [each for each in mirrored(world.simulator).spaces.values() if each.key == "ENG"]
    there = mirrored(world.simulator).pages.values()
    expected = {page.id for page in there if page.space_id == space.id and page.status == "current"}
    reader = world.reader
    found = every_match(reader, 'space = "ENG" AND type = page')
    assert len(found) == len(set(found)) > 267
    assert set(found) == expected
    assert (reader.spent.requests, reader.spent.points) == (2, 2 + len(found))


def test_a_query_may_have_a_condition_and_name_pages(world: World, clock: MovableClock) -> None:
    editor = world.simulator.editor()
    first, second, third = every_match(world.reader, 'space = "ENG" AND type = page')[:3]
    editor.label(first, ["spec"])
    editor.label(second, ["spec"])
    clock.move(seconds=60)
    fenced = 'space = "ENG" AND type = page AND ( label = "spec" )'
    assert {first, second} <= set(every_match(world.reader, fenced))
    assert set(world.reader.matching(f"{fenced} AND id in ({second},{third},4242424242)").pages) == {second}
    assert world.reader.matching('space = "NOWHERE" AND type = page').pages == []


def test_what_is_no_query_is_refused(world: World) -> None:
    with pytest.raises(CqlRefused):
        world.reader.matching('space = "ENG" AND type = page AND ( labl = "spec" )')


# ── details and people ──────────────────────────────────────────────────────────────────────────────────────────────


def test_labels_ancestors_and_attachments_come_for_hundreds_of_pages_at_once(world: World) -> None:
    editor = world.simulator.editor()
    labelled = world.page_ids("PRD: Saved carts")
    editor.label(labelled, ["roadmap", "q3", "ä"])
    expected = mirrored(world.simulator).details
    wanted = [*list(expected)[-200:], labelled]
    with_files = [each for each in expected if expected[each].attachments][:20]
    reader = world.reader
    found = reader.details([*wanted, *with_files])
    assert found == {each: expected[each] for each in (*wanted, *with_files)}
    assert found[labelled].labels == ("q3", "roadmap", "ä")
    assert any(page.ancestors for page in found.values())
    assert reader.spent.requests == 1
    assert world.reader.details([]) == {}


def test_what_search_does_not_know_is_absent(world: World, clock: MovableClock) -> None:
    editor = world.simulator.editor()
    known, trashed, archived = (world.page_ids(title) for title in ("Web shop", "PRD: Gift cards", "PRD: Saved carts"))
    key = mirrored(world.simulator).spaces[mirrored(world.simulator).pages[known].space_id].key
    new = PageId(editor.create("777777", key, "New", clock(), ALICE.account_id, storage="<p/>", parent_id=None).id)
    editor.trash(trashed)
    editor.archive(archived)
    wanted = [known, new, trashed, archived, PageId("4242424242")]
    assert set(world.reader.details(wanted)) == {known}
    clock.move(seconds=30)
    assert set(world.reader.details(wanted)) == {known, new}


def test_people_have_names_unless_their_account_is_closed(world: World) -> None:
    ada, grace = ACCOUNTS["ada"].account_id, ACCOUNTS["grace"].account_id
    world.simulator.close_account("grace")
    reader = world.reader
    found = reader.people([ada, grace, "557058:nobody"])
    assert sorted(found, key=lambda person: person.name or "") == [Person(grace, None), Person(ada, "Ada Öztürk")]
    assert (reader.spent.requests, reader.spent.points) == (1, 1 + 2 * 2)
    assert list(world.reader.people(["557058:nobody"])) == []
