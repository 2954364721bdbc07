"""All tools, in the order in which a model is shown them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from confluence_connector.services.agents.tools import (
    beside_page,
    check_approval,
    edit_page,
    lists,
    read_page,
    search,
    write_page,
)
from confluence_connector.services.agents.tools.tool import Tool

TOOLS: Final[Mapping[str, Tool[Any]]] = MappingProxyType({
    tool.name: tool
    for tool in (
        search.TOOL,
        read_page.TOOL,
        lists.SPACES,
        lists.CHILDREN,
        lists.ATTACHMENTS,
        write_page.CREATE,
        write_page.UPDATE,
        edit_page.SECTION,
        edit_page.APPEND,
        beside_page.COMMENT,
        beside_page.LABEL,
        beside_page.UNLABEL,
        beside_page.ATTACH,
        write_page.DELETE,
        check_approval.TOOL,
    )
})  # fmt: skip
