"""What a tool is: a name, arguments, the requests it stands for, and the doing of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from confluence_connector.domain.agents.classify import Query, classify
from confluence_connector.domain.agents.effects import Action
from confluence_connector.domain.agents.gate import decide
from confluence_connector.domain.agents.policies import Policy
from confluence_connector.errors import Unprocessable
from confluence_connector.limits import AGENT_LIST_ROWS
from confluence_connector.services.agents.tools.desk import Desk

MOST_PROBLEMS: Final = 20
LONGEST_NAME: Final = 40


class Arguments(BaseModel):
    """Of one tool. Unknown ones are refused: a model that misspells one is told so, not half obeyed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _as_text(value: object) -> object:
    """Models write ids as numbers, too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


PageName = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(min_length=1, max_length=4096, description="A page or blog post: its id, or any URL of it on this site."),
]
Markdown = Annotated[
    str,
    Field(
        description=(
            "GitHub-flavoured Markdown: headings, lists, tables, code, links, images, task lists, alerts such as "
            "[!NOTE]. A file of the page is named by its bare file name, as in ![plan](plan.png). HTML is text."
        )
    ),
]
Rows = Annotated[int, Field(ge=1, le=AGENT_LIST_ROWS, description="How many at most.")]
Following = Annotated[str | None, Field(max_length=4096, description="next_cursor of the answer before.")]


@dataclass(frozen=True, slots=True)
class Asks:
    """A request that the tool makes, with stand-ins for what its arguments say: the gate is asked about it."""

    method: str
    path: str
    query: Query | None = None

    @property
    def action(self) -> Action:
        return classify(self.method, self.path, self.query).effect.action

    def refused_by(self, policy: Policy) -> bool:
        return decide(classify(self.method, self.path, self.query).effect, policy).outcome == "refused"


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """`facts`: JSON. `text`: the same for models that are shown text only; None: the facts themselves are."""

    facts: dict[str, Any]
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Tool[Wanted: Arguments]:
    """`asks`: what it cannot do without; none for what asks nothing of Confluence. `replaces`: it may take away what
    was there before, if only into a page's history. `repeatable`: the same again changes nothing more.
    """

    name: str
    title: str
    description: str
    arguments: type[Wanted]
    asks: tuple[Asks, ...]
    run: Callable[[Desk, Wanted], Result]
    replaces: bool = False
    repeatable: bool = False

    @property
    def reads(self) -> bool:
        return all(each.action == "read" for each in self.asks)

    def permitted(self, policy: Policy) -> bool:
        """Whether the gate would let it through, if only after a person's word. It is asked again at each call."""
        return not any(each.refused_by(policy) for each in self.asks)

    def call(self, desk: Desk, given: object) -> Result:
        """Raises Unprocessable for arguments that do not fit, and what `CallConfluence.call` raises."""
        wanted = self._fitting(given)
        if isinstance(wanted, Unprocessable):
            desk.refuse(wanted)
        return self.run(desk, wanted)

    def _fitting(self, given: object) -> Wanted | Unprocessable:
        try:
            return self.arguments.model_validate(given)
        except ValidationError as error:
            return _misfit(error)


def _misfit(error: ValidationError) -> Unprocessable:
    """Which arguments are wrong and what they should be; never what they were."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    fields = [
        {"field": ".".join(_name(part) for part in each["loc"]), "problem": each["type"], "expected": each["msg"]}
        for each in found[:MOST_PROBLEMS]
    ]
    return Unprocessable("The tool's arguments do not fit its schema.", fields=fields)


def _name(part: object) -> str:
    """A part of a place; the name of an unknown argument comes from the request."""
    text = str(part)
    return text if text.replace("_", "").isalnum() and len(text) <= LONGEST_NAME else "?"
