"""Flags as operators read them."""

from collections.abc import Mapping
from typing import Final

from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.resilience.flag_acts import FlagAct, ShownFlag

FLAG_ACT_NAMES: Final[Mapping[FlagAct, str]] = {
    FlagAct.START: gettext_noop("Give it to some first, then to all"),
    FlagAct.ON: gettext_noop("Give it to all"),
    FlagAct.OFF: gettext_noop("Take it from all"),
}


def flag_text(flag: ShownFlag, translations: Translations) -> str:
    """Who has it, and whether that goes on by itself."""
    _, percent = translations.gettext, flag.state.percent
    title = _(flag.definition.title)
    if flag.state.is_rolling:
        return _("%(title)s: %(n)s%%, more to come", title=title, n=percent)
    return _("%(title)s: %(n)s%%", title=title, n=percent)


def flag_sentence(flag: ShownFlag, translations: Translations) -> str:
    """What it is, and how those with it fare beside those without, once anything was seen."""
    described = translations.gettext(flag.definition.description)
    new, old = flag.seen.with_feature, flag.seen.without
    if not (new.tried or old.tried):
        return described
    seen = translations.gettext(
        "With it %(failed)s of %(tried)s failed, without it %(failed_without)s of "
        "%(tried_without)s.",
        failed=new.failed,
        tried=new.tried,
        failed_without=old.failed,
        tried_without=old.tried,
    )
    return f"{described} {seen}"
