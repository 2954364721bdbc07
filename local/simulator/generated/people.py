"""Those who wrote the generated pages. Nobody signs in with these accounts."""

from local.simulator.accounts import Account

GIVEN = ("Aylin", "Bruno", "Chiara", "Dmitri", "Esra", "Farid", "Greta", "Hiro")
FAMILY = ("Adeyemi", "Brandt", "Castellano", "Demir", "Ekström")


def people() -> list[Account]:
    """Forty accounts, the same at every call."""
    names = [(given, family) for family in FAMILY for given in GIVEN]
    return [
        Account(
            f"author{number}",
            f"712020:9e4d{number:04d}-5b1c-4f7e-8a2d-{number * 7_919:012x}",
            f"{given} {family}",
            f"author{number}@example.com",
            (),
        )
        for number, (given, family) in enumerate(names, 1)
    ]
