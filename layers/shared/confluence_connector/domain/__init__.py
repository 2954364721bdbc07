"""The nouns. Pure: standard library and pydantic only."""
