"""Connections: from the first step of a consent to a disconnect, and what consents leave behind."""
