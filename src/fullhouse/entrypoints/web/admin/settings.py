"""The form of the organisation itself: what it says of itself, its colors, its legal texts."""

from typing import Final

import msgspec

from fullhouse.booking.actions.change_business import ChangeBusiness
from fullhouse.entrypoints.inputs.businesses import OrganisationForm
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import currency_choices
from fullhouse.entrypoints.web.admin.picture_fields import (
    PICTURE_ALT,
    PICTURE_GONE,
    PictureUpload,
)
from fullhouse.entrypoints.web.admin.translated_fields import translated
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.model import Organisation
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork

_Field = FormField
_LEGAL: Final = _("The text itself, or a link that begins with https://.")
_COLOR: Final = _("Like #b45309. Where it could not be read it is made darker or lighter.")
_DOMAIN: Final = _("Your own domain")
_CONFIRMED: Final = _("Confirmed: your pages and the links in your e-mails are there.")
_WAITING: Final = _(
    "Not confirmed yet. Let the domain lead to this site, then ask whoever runs it to confirm it."
)
LANGUAGES: Final = (
    ("en", "English"),
    ("en-US", "English (US)"),
    ("en-GB", "English (UK)"),
    ("de", "Deutsch"),
)
GROUPS: Final = {
    _("About this business"): (
        _Field("name", _("Name")),
        _Field("tagline", _("Summary"), _("One sentence, shown in lists.")),
        _Field(
            "email",
            _("E-mail"),
            _("Guests see it."),
            _("Enter an e-mail address like name@example.com."),
        ),
        _Field(
            "phone",
            _("Phone"),
            _("With the country code, like +1 630 555 0142."),
            _("Enter a phone number with its country code."),
        ),
        _Field(
            "locale",
            _("Language"),
            _("For guests who have not chosen one."),
            choices=LANGUAGES,
        ),
        _Field(
            "currency",
            _("Currency"),
            _("It can change until guests book at a price. Prices keep their numbers."),
            _("Guests have booked at prices in another currency, so it stays."),
        ),
        _Field(
            "languages",
            _("Further languages"),
            _("For your texts to guests: they have fields here and on other forms."),
            choices=tuple(one for one in LANGUAGES if "-" not in one[0]),
            kind="checkboxes",
        ),
        _Field("accent", _("Color"), _COLOR),
    ),
    _("Pictures"): (
        _Field("cover", _("Cover"), _("On top of your public page."), PICTURE_GONE, kind="picture"),
        _Field("cover_alt", _("What the cover shows"), PICTURE_ALT),
        _Field(
            "logo", _("Logo"), _("Beside the name of the business."), PICTURE_GONE, kind="picture"
        ),
    ),
    _DOMAIN: (
        _Field(
            "domain",
            _("Domain"),
            _("An address of your own for your public pages, such as book.example.org."),
            _("Enter a domain like book.example.org."),
        ),
    ),
    _("E-mails to guests"): (
        _Field(
            "sender_name",
            _("Sender"),
            _("The name that guests see. Without one, it is the name of the business."),
        ),
        _Field(
            "reply_to",
            _("Reply-to address"),
            _("Where answers go. Without one, they go to the e-mail address above."),
            _("Enter an e-mail address like name@example.com."),
        ),
    ),
    _("Legal"): (
        _Field("terms", _("Terms"), _LEGAL, kind="textarea"),
        _Field("privacy", _("Privacy"), _LEGAL, kind="textarea"),
        _Field("imprint", _("Imprint"), _LEGAL, kind="textarea"),
        _Field(
            "consent",
            _("Sentence above the button that books"),
            _("For example: By booking you accept our terms."),
        ),
    ),
}


_TRANSLATED: Final = (
    _Field("tagline", _("Summary")),
    _Field("cover_alt", _("What the cover shows")),
    _Field("terms", _("Terms"), kind="textarea"),
    _Field("privacy", _("Privacy"), kind="textarea"),
    _Field("imprint", _("Imprint"), kind="textarea"),
    _Field("consent", _("Sentence above the button that books")),
)


class SettingsForm(msgspec.Struct, frozen=True):
    """Builds the form."""

    change: ChangeBusiness
    pictures: PictureUpload

    def form(self) -> blocks.Form[Organisation, OrganisationForm]:
        return blocks.Form(
            struct=OrganisationForm,
            groups=GROUPS,
            new_label="",
            folded=translated(*_TRANSLATED),
            load=_load,
            stored=_stored,
            save=self.save,
            allow=Permission.MANAGE_ORGANISATION,
            is_single=True,
            pictures=self.pictures,
            choices={"currency": currency_choices},
        )

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[OrganisationForm]) -> str:
        """Raises as `ChangeBusiness`, and `InvalidInput`."""
        current = await locked_organisation(uow.session, uow.org_id)
        changed = submission.fields.request().read_change(current)
        saved = await self.change(uow, changed, expected_version=submission.version)
        return saved.slug


async def _load(session: Session, org_id: OrgId, _key: str) -> Organisation | None:
    return await organisation_by_id(session, org_id)


def _stored(row: Organisation) -> blocks.Stored[OrganisationForm]:
    fields = OrganisationForm.of(row)
    state = _CONFIRMED if row.domain_confirmed_at else _WAITING
    below = {_DOMAIN: (state,)} if row.domain else {}
    return blocks.Stored(row.name, row.version, fields, row.org_id, row.currency, below)
