"""The token vault: rotating grants that no crash loses (design §3)."""
