"""The sessions of a person in words. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations
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


def account_in_use_text(businesses: Sequence[str], translations: Translations) -> str:
    """Why an account cannot be deleted yet, and what to do first."""
    if not businesses:
        return translations.gettext(
            "This account runs the installation. Give that to somebody else before you delete it."
        )
    return translations.gettext(
        "You work for %(businesses)s. Ask an owner to remove you from the team first, then delete "
        "your account.",
        businesses=", ".join(businesses),
    )
