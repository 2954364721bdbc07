"""The site host for other connectors, in bench mode only: Basic auth and the v1 content API that Atlassian has removed.

Connectors we are measured against know no other way. It answers what they ask, and nothing that we would ask.
"""

from local.simulator.bench.host import SiteHost

__all__ = ["SiteHost"]
