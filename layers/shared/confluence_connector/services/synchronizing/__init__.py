"""Confluence → Jira synchronizers: managing them, working on them, and people acting on their pages' issues (G)."""
