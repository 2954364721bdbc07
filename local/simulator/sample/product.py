"""Space SHOP: requirements, designs, decisions and notes of the product team."""

from functools import cache

from local.simulator.sample.blocks import Block, Bullets, Code, Heading, Panel, Para, Table, Tasks
from local.simulator.sample.builder import Written
from local.simulator.sample.features import FEATURES, Feature


def _requirements(feature: Feature) -> Written:
    blocks: list[Block] = [
        Heading(1, feature.name),
        Para(feature.problem),
        Heading(2, "Goals"),
        Bullets(feature.goals),
        Heading(2, "Requirements"),
        Table(
            ["No.", "Requirement", "Priority"],
            [[f"R{n}", text, "must"] for n, text in enumerate(feature.requirements, 1)],
        ),
        Heading(2, "How we know it worked"),
        Para(feature.measure),
        Panel("note", "Out of scope: anything that needs a new payment provider."),
        Heading(2, "Open questions"),
        Tasks([(True, "Ask legal about retention"), (False, "Agree the wording with support")]),
    ]
    return Written(f"PRD: {feature.name}", blocks, ["prd", "product"])


def _design(feature: Feature, number: int) -> Written:
    service = feature.parts[0][0]
    replicas, memory = 2 + number % 3, 128 * (1 + number % 4)
    config = f'service: {service}\nreplicas: {replicas}\nlimits:\n  memory: "{memory}Mi"\n  note: "a < b & c"'
    blocks: list[Block] = [
        Heading(1, f"{feature.name}: technical design"),
        Para(feature.design),
        Heading(2, "Parts"),
        Table(["Part", "What it does"], [[f"`{name}`", text] for name, text in feature.parts]),
        Heading(2, "Configuration"),
        Code("yaml", config),
        Heading(2, "Risks"),
        Panel("warning", feature.risk),
        Heading(2, "Order of work"),
        Bullets([f"Build `{name}` behind a switch" for name, _ in feature.parts], ordered=True),
        Para(
            f"Requirements: PRD: {feature.name}. Dashboards are [on the usual board](https://metrics.example.com/{service})."
        ),
    ]
    return Written(f"TRD: {feature.name}", blocks, ["trd", "engineering"])


DECISIONS = (
    (
        "Prices are integers",
        "Floating-point cents cost us a weekend.",
        "All amounts are whole cents, in code and on the wire.",
    ),
    (
        "One queue per team",
        "A shared queue made every team's incident everybody's.",
        "Each team owns one queue and its dead letters.",
    ),
    (
        "No text messages for codes",
        "Numbers are moved to other cards by a phone call.",
        "Passkeys or an app; recovery codes otherwise.",
    ),
    (
        "Search stays in process",
        "A search cluster needs two people we do not have.",
        "An index of 2 MB in each process is enough.",
    ),
    (
        "Turkish from day one",
        "Upper-casing `i` broke the checkout twice.",
        "Case is folded by the locale of the text, never the server's.",
    ),
    (
        "Überall UTC",
        "Die Uhrumstellung hat Rechnungen doppelt erzeugt.",
        "Gespeichert wird UTC, angezeigt wird die Zone des Ladens.",
    ),
)


def _decision(number: int, title: str, context: str, choice: str) -> Written:
    blocks: list[Block] = [
        Heading(2, "Context"),
        Para(context),
        Heading(2, "Choice"),
        Panel("tip", choice),
        Heading(2, "How to go back"),
        Para("Write a new decision that names this one. Nothing here is for ever."),
    ]
    return Written(f"ADR {number:03d}: {title}", blocks, ["adr"])


def _notes(week: int) -> Written:
    about = FEATURES[week % len(FEATURES)]
    blocks: list[Block] = [
        Para(f"There: Alice, Ada, Grace. Topic of the week: **{about.name}**."),
        Heading(3, "Said"),
        Bullets([about.problem, about.risk]),
        Heading(3, "To do"),
        Tasks([(week % 2 == 0, f"Show the numbers: {about.measure}"), (False, "Invite the warehouse next time")]),
    ]
    return Written(f"Product weekly, week {week}", blocks, ["notes"])


@cache
def shop() -> Written:
    """The homepage and everything below it."""
    return Written(
        "Web shop",
        [
            Heading(1, "Web shop"),
            Para("What we build, why, and how. New here? Read **two** requirements and **one** decision."),
            Panel("info", "Questions go to the channel, not to a person."),
        ],
        ["home"],
        children=[
            Written(
                "Product requirements", [Para("One page a feature.")], children=[_requirements(f) for f in FEATURES]
            ),
            Written(
                "Technical designs", [Para("The other half.")], children=[_design(f, n) for n, f in enumerate(FEATURES)]
            ),
            Written(
                "Decisions",
                [Para("Short, dated, reversible.")],
                children=[_decision(number, *decision) for number, decision in enumerate(DECISIONS, 1)],
            ),
            Written("Meeting notes", [Para("Newest last.")], children=[_notes(week) for week in range(36, 42)]),
        ],
    )
