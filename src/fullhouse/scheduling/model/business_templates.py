"""What businesses of a kind begin with: a first offering and its hours, to be changed."""

from collections.abc import Mapping
from datetime import time
from typing import Final, Literal

from msgspec import Struct

from fullhouse.localisation.translations import gettext_noop
from fullhouse.scheduling.model.weekly_hours import WEEKDAYS, Weekday

BusinessKind = Literal["farm", "salon", "tours"]


class BusinessTemplate(Struct, frozen=True, kw_only=True):
    """The first offering of a business; `name` and `offering` are texts of the catalogues."""

    name: str
    offering: str
    weekdays: tuple[Weekday, ...]
    first_time: time
    last_time: time
    every_minutes: int
    duration_minutes: int
    places: int
    party_max: int

    @property
    def texts(self) -> Mapping[str, str]:
        """What the fields of the first offering say at first, but its name."""
        return {
            "places": str(self.places),
            "duration_minutes": str(self.duration_minutes),
            "weekdays": ",".join(self.weekdays),
            "first_time": self.first_time.isoformat("minutes"),
            "last_time": self.last_time.isoformat("minutes"),
            "every_minutes": str(self.every_minutes),
        }


TEMPLATES: Final[Mapping[BusinessKind, BusinessTemplate]] = {
    "farm": BusinessTemplate(
        name=gettext_noop("A farm or garden: many guests come at the same time"),
        offering=gettext_noop("Visit to the farm"),
        weekdays=("SA", "SU"),
        first_time=time(9),
        last_time=time(13, 30),
        every_minutes=30,
        duration_minutes=30,
        places=40,
        party_max=10,
    ),
    "salon": BusinessTemplate(
        name=gettext_noop("A salon or practice: one guest after the other"),
        offering=gettext_noop("Haircut"),
        weekdays=("TU", "WE", "TH", "FR", "SA"),
        first_time=time(9),
        last_time=time(17),
        every_minutes=60,
        duration_minutes=45,
        places=1,
        party_max=1,
    ),
    "tours": BusinessTemplate(
        name=gettext_noop("Tours: a group sets off together"),
        offering=gettext_noop("Guided tour"),
        weekdays=WEEKDAYS,
        first_time=time(10),
        last_time=time(14),
        every_minutes=240,
        duration_minutes=90,
        places=15,
        party_max=10,
    ),
}


def template_of(kind: str) -> BusinessTemplate:
    """The template of a kind, that of a farm for any other text."""
    return next((one for name, one in TEMPLATES.items() if name == kind), TEMPLATES["farm"])
