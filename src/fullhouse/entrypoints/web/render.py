"""Templates become pages: one environment, every value escaped, undefined names are errors."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup

from fullhouse.entrypoints.web.views import Frame
from fullhouse.entrypoints.web.words import Words

HTML: Final = "text/html"
_LIVE_PHRASES: Final = {
    "left": "slot.left",
    "last": "slot.last",
    "too-few": "slot.too_few",
    "changed": "slot.changed",
}


@dataclass(frozen=True, slots=True)
class Templates:
    """Renders templates. Built once."""

    environment: Environment
    versions: Mapping[str, str]

    def text(self, template: str, words: Words, /, **values: object) -> str:
        """The template with its values, in the language of `words`."""
        return self.environment.get_template(template).render(
            say=words,
            raw=words.raw,
            asset=self.asset,
            live_words=partial(live_words, words),
            **values,
        )

    def page(
        self, template: str, words: Words, frame: Frame, /, *, status: int = 200, **values: object
    ) -> Response[str]:
        """A whole page as an answer, which nobody keeps: it may be one guest's own."""
        return Response(
            self.text(template, words, frame=frame, **values),
            media_type=HTML,
            status_code=status,
            headers={
                "cache-control": "no-store",
                "content-language": words.language,
                "vary": "accept-language, cookie",
            },
        )

    def asset(self, name: str) -> str:
        """A static file's address; it changes with the file, so browsers may keep it for ever."""
        return f"/static/{name}?v={self.versions[name]}"


@cache
def load_templates() -> Templates:
    """Read, once, the templates of this package and the versions of its static files."""
    environment = Environment(
        loader=PackageLoader("fullhouse.entrypoints.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return Templates(environment, static_versions(static_folder()))


def static_folder() -> Path:
    """Where the static files are."""
    with as_file(files("fullhouse.entrypoints.web").joinpath("static")) as folder:
        return folder


def static_versions(folder: Path) -> dict[str, str]:
    """A short fingerprint of every static file, by its name below the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.blake2b(
            path.read_bytes(), digest_size=5
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def live_words(words: Words, party: int) -> Markup:
    """The phrases with which the script says what is left, as attributes of the list of times."""
    attributes = {
        "data-full": words("slot.full"),
        "data-changed-full": str(words.raw("slot.changed_full")),
    }
    people = words("party.people", n=party)
    for name, key in _LIVE_PHRASES.items():
        forms = words.raw(key)
        assert not isinstance(forms, str), f"{key} has a plural"
        for form, phrase in forms.items():
            attributes[f"data-{name}-{form}"] = phrase.replace("{party}", people)
    return Markup(" ").join(
        Markup('{}="{}"').format(name, value) for name, value in attributes.items()
    )
