"""Agents: who they are, what a call of theirs goes through, and the approvals."""
