"""Links to a map."""

from urllib.parse import quote


def directions_url(*, latitude: float | None, longitude: float | None, address: str) -> str:
    """The URL of a map by coordinates, else by address; empty without either."""
    if latitude is not None and longitude is not None:
        return (
            f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
            f"#map=16/{latitude}/{longitude}"
        )
    return f"https://www.openstreetmap.org/search?query={quote(address)}" if address else ""
