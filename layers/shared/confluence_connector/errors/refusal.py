"""The root of the error tree: what every refusal carries."""

from typing import Any, ClassVar, Self

LINKED = "Could not fetch linked source"


class ConnectorError(Exception):
    """Base of the tree. `members` are further problem+json members, `retry_after` whole seconds."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retry: ClassVar[bool] = False
    title: ClassVar[str] = "Internal error"
    default_detail: ClassVar[str] = "Something went wrong on our side."
    default_retry_after: ClassVar[int | None] = None
    remedy: str = "Try again; if it persists, give your admin the request id."

    def __init__(
        self,
        detail: str | None = None,
        *,
        remedy: str | None = None,
        retry_after: int | None = None,
        **members: Any,
    ) -> None:
        self.detail = detail or self.default_detail
        if remedy is not None:
            self.remedy = remedy
        self.retry_after = self.default_retry_after if retry_after is None else retry_after
        self.members = members
        super().__init__(f"{self.detail} {self.remedy}")

    def of_linked_source(self) -> Self:
        """The same refusal, told as what it is to somebody who reads a linked document (D8)."""
        if not self.detail.startswith(LINKED):
            self.detail = f"{LINKED}: {self.detail[:1].lower()}{self.detail[1:]}"
            self.args = (f"{self.detail} {self.remedy}",)
        return self

    def of_search(self) -> Self:
        """The same refusal, told to somebody who is looking for pages and has no linked document before them."""
        if self.detail.startswith(f"{LINKED}: "):
            self.detail = f"Could not ask Confluence: {self.detail.removeprefix(f'{LINKED}: ')}"
            self.args = (f"{self.detail} {self.remedy}",)
        return self
