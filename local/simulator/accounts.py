"""The people of the simulated organisation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """An Atlassian account and the sites it may use, per product, in the order they are listed."""

    name: str
    account_id: str
    display_name: str
    email: str
    listing: tuple[tuple[str, str], ...]
    zone: str = "Europe/Vienna"
    status: str = "active"

    @property
    def cloud_ids(self) -> tuple[str, ...]:
        """The sites, each once."""
        return tuple(dict.fromkeys(cloud_id for cloud_id, _ in self.listing))

    def has(self, cloud_id: str, product: str) -> bool:
        """Whether the account has a licence for `product` on the site."""
        return (cloud_id, product) in self.listing


ACME = "1f5d0a3e-6c1b-4a57-9d0e-2b7c41a0acae"
GLOBEX = "8c2e4b90-0d3f-4e6a-b1c5-77d90e5f61b0"

# Two sites, one of them listed twice, once per product, and not next to each other: merging by id is the client's work.
TWO_SITES = ((ACME, "confluence"), (GLOBEX, "confluence"), (ACME, "jira"))

ACCOUNTS = {
    account.name: account
    for account in (
        Account("alice", "712020:6f1d9c52-0a7e-4c0b-9f43-51e7a2b3c401", "Alice Aoki", "alice@example.com", TWO_SITES),
        Account("ada", "712020:0c3b7a1e-92d4-4f5a-8e61-7d2f90b4c502", "Ada Öztürk", "ada@example.com", TWO_SITES),
        Account(
            "grace",
            "557058:2d8e5f70-b1a9-4b36-a7c4-3e90d1f2c603",
            "Grace Mbeki",
            "grace@example.com",
            ((ACME, "confluence"), (ACME, "jira")),
        ),
        Account("none", "712020:a94f6e03-7c58-4d21-b0e9-18c5f7d3c704", "Nora Null", "none@example.com", ()),
        Account(
            "nojira",
            "557058:e7b20d41-3f6c-4a89-95d2-c6048a1ec805",
            "Noël Jirasek",
            "nojira@example.com",
            ((ACME, "confluence"),),
        ),
    )
}
