"""Measurements. Never a test: figures depend on the machine, so every one is a ratio to something run beside it."""
