"""The sessions of a person in words. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.people.model.user_agents import program_name
from fullhouse.people.reads.accounts import SessionRow


class SessionLine(Struct, frozen=True):
    """A session; the one that asks has no id here."""

    text: str
    more: str
    session_id: str


def session_lines(
    sessions: Sequence[SessionRow], formatter: LocaleFormatter
) -> tuple[SessionLine, ...]:
    _ = formatter.translations.gettext
    return tuple(
        SessionLine(
            _("This browser")
            if one.is_this
            else program_name(one.user_agent, formatter.translations),
            _(
                "From %(network)s, last seen %(time)s",
                network=one.network or "?",
                time=formatter.date_time(one.last_seen_at),
            ),
            "" if one.is_this else str(one.session_id),
        )
        for one in sessions
    )
