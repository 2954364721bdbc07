"""Space ENG: runbooks, incidents and how-tos of the people on call."""

from functools import cache

from local.simulator.sample.blocks import Block, Bullets, Code, Heading, Panel, Para, Table
from local.simulator.sample.builder import Written

# (service, what people notice, first command, what usually helps)
RUNBOOKS = (
    (
        "Checkout",
        "orders stop, the till beeps",
        "kubectl -n shop get pods -l app=checkout",
        "Restart one pod, wait, look again",
    ),
    (
        "Payments",
        "card payments hang at 30 seconds",
        "curl -s https://status.example.com/acquirer",
        "Switch to the second acquirer",
    ),
    ("Catalogue", "prices of yesterday", "catalogue-cli lag --minutes", "Replay the feed from the last good offset"),
    ("Mailer", "no order confirmations", "mailctl queue --oldest", "Drain the queue by hand, oldest first"),
    ("Login", "everybody is signed out", "vault status && date -u", "Check the clock first; then the signing key"),
    ("Image resizer", "grey boxes instead of photos", "resizectl workers", "Halve the batch size"),
    (
        "Warehouse link",
        "stock stands still",
        "nc -vz warehouse.internal 5672",
        "Call the warehouse before touching anything",
    ),
    ("Search", "suggestions are empty", "ls -l /srv/index/current", "Point `current` at the last index that loaded"),
    (
        "DNS",
        "only some people see anything",
        "dig +short shop.example.com @1.1.1.1",
        "Wait. Then wait ten minutes more",
    ),
    (
        "データ基盤",
        "the nightly report is missing",
        "airflow dags list-runs -d nightly",
        "Run the failed task alone, not the whole night",
    ),
)
INCIDENTS = (
    ("2025-09-12", "Checkout down for 41 minutes", "A certificate ran out on a Friday."),
    ("2025-10-03", "Prices in the wrong currency", "A default of `USD` nobody had asked for."),
    ("2025-10-27", "Invoices twice", "The hour between two and three happened twice."),
    ("2025-11-19", "Search empty after a deploy", "The new index was written beside, not over, the old one."),
    ("2026-01-08", "Warehouse feed silent", "A firewall rule with a date in it."),
)
HOW_TOS = (
    ("How to deploy", ["Merge", "Watch the canary for ten minutes", "Let it go"]),
    ("How to hand over on call", ["Read the log together", "Name what is unsure", "Say “I have it”"]),
    (
        "How to ask for a database",
        ["Say what must not be lost", "Say how much and how long", "Wait for a name, not a password"],
    ),
    (
        "How to write a runbook",
        ["Begin with what people notice", "One command, copied, works", "End with whom to wake"],
    ),
    ("Çalışma saatleri ve nöbet", ["Hafta içi 09:00–18:00", "Nöbet pazartesi devredilir", "Tatilde iki kişi"]),
)


def _runbook(service: str, symptom: str, command: str, remedy: str) -> Written:
    blocks: list[Block] = [
        Panel("warning", f"You are probably here because {symptom}."),
        Heading(2, "Look"),
        Code("bash", f"{command}\n# healthy: an answer within two seconds"),
        Heading(2, "Do"),
        Bullets(
            [remedy, "Write in the channel what you did", "Not better after 20 minutes? Wake the second person"],
            ordered=True,
        ),
        Heading(2, "Who"),
        Table(["Role", "Person"], [["Owner", "Grace"], ["Stand-in", "Ada"]]),
    ]
    return Written(f"Runbook: {service}", blocks, ["runbook"])


def _incident(date: str, title: str, cause: str) -> Written:
    blocks: list[Block] = [
        Para(f"**What happened.** {title}, on {date}."),
        Para(f"**Why.** {cause}"),
        Heading(2, "What we changed"),
        Bullets(["An alarm that rings before, not after", "A line in the runbook"]),
        Panel("note", "No names in here. People did what looked right at the time."),
    ]
    return Written(f"{date} {title}", blocks, ["incident"])


@cache
def engineering() -> Written:
    """The homepage and everything below it."""
    how_tos = [Written(title, [Bullets(steps, ordered=True)], ["how-to"]) for title, steps in HOW_TOS]
    return Written(
        "Platform engineering",
        [
            Heading(1, "Platform engineering"),
            Para("If it is on fire, open the runbook. If it is not, improve the runbook."),
        ],
        children=[
            Written(
                "Runbooks", [Para("Alphabetical by what breaks.")], children=[_runbook(*entry) for entry in RUNBOOKS]
            ),
            Written("How-tos", [Para("Things we explain twice.")], children=how_tos),
        ],
    )


@cache
def incidents() -> list[Written]:
    """What lies in the folder of past incidents."""
    return [_incident(*entry) for entry in INCIDENTS]
