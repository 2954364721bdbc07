"""Jira Cloud on the simulated sites, as far as its issues follow Confluence's pages."""
