"""The sample organisation's two sites, written for this project."""

from local.simulator.accounts import ACME, GLOBEX
from local.simulator.sample.acme import acme
from local.simulator.sample.globex import globex
from local.simulator.sites import Site


def sample_sites() -> dict[str, Site]:
    """Fresh copies of both sites, the same at every call."""
    return {ACME: acme(), GLOBEX: globex()}
