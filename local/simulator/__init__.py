"""Atlassian Cloud on this machine, as its documents and measured behaviour describe it, and strict about it."""

from local.simulator.simulator import Simulator, create_simulator

__all__ = ["Simulator", "create_simulator"]
