"""A view of a list that a team has saved: search, filters, order and columns under a name."""

import msgspec


class SavedView(msgspec.Struct, frozen=True):
    """The query of a list's address, by the name that the team has given it."""

    name: str
    query: str
