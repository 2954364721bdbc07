"""What agents may do in Confluence: operations, their effects, policies, and the gate between them (F1–F5, F8)."""
