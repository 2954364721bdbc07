"""A Confluence connector: grants kept alive, pages copied or linked, read fresh or from a ten-minute cache."""
