"""Groups of a form for what guests read in the further languages of the business."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.localisation.translations import language_names

Groups = Mapping[str, tuple[FormField, ...]]


def translated(*fields: FormField) -> Callable[[PageContext], Groups]:
    """A group of these fields for each language, in the mapping `texts` of the form's struct."""

    def groups(page: PageContext) -> Groups:
        return {
            language_names()[language]: tuple(
                replace(one, name=f"texts.{language}.{one.name}") for one in fields
            )
            for language in page.organisation.languages
        }

    return groups
