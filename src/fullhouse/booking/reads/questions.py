"""The questions that offerings ask."""

from collections.abc import Sequence

from fullhouse.booking.catalogue import offering_by_slug, offerings_of
from fullhouse.booking.model.offering import Offering
from fullhouse.booking.model.question_form import AskedQuestion, key_parts
from fullhouse.kernel.ids import OrgId
from fullhouse.storage.database import Session


async def asked_questions(
    session: Session, org_id: OrgId, slug: str | None
) -> Sequence[AskedQuestion]:
    """The questions of one offering, or of all, in the order in which they are asked."""
    offerings = await offerings_of(session, org_id)
    return [row for one in offerings if slug in {None, "", one.slug} for row in _asked(one)]


async def asked_question(session: Session, org_id: OrgId, key: str) -> AskedQuestion | None:
    slug, question = key_parts(key)
    offering = await offering_by_slug(session, org_id, slug)
    asked = () if offering is None else _asked(offering)
    return next((row for row in asked if row.question.id == question), None)


def _asked(offering: Offering) -> Sequence[AskedQuestion]:
    return [AskedQuestion(offering, one, place) for place, one in enumerate(offering.questions)]
