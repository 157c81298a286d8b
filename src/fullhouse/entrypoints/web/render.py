"""Rendering of templates: an environment a language, in which every value is escaped.

An undefined name is an error. Texts of the catalogues are escaped like values.
"""

from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import as_file, files
from pathlib import Path
from types import CodeType

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket, BytecodeCache
from typing_extensions import override

from fullhouse.booking.model.urls import SIGN_OUT_PATH
from fullhouse.http.static_files import asset_href, static_versions
from fullhouse.localisation.translations import Translations, load_translations


class Templates(msgspec.Struct, frozen=True, eq=False):
    """Renders templates. Built once."""

    environments: Mapping[str, Environment]
    versions: Mapping[str, str]

    def text(self, template: str, *, language: str, **values: object) -> str:
        """The template with its values, in a language."""
        return self.environments[language].get_template(template).render(**values)

    def asset(self, name: str) -> str:
        return asset_href(self.versions, name)


@cache
def load_templates() -> Templates:
    """The templates of this package and the versions of its static files, read once."""
    versions, compiled = static_versions(static_folder()), CompiledTemplates()
    environments = {
        language: _environment(translations, versions, compiled)
        for language, translations in load_translations().items()
    }
    return Templates(environments, versions)


def static_folder() -> Path:
    """The folder of the static files."""
    with as_file(files("fullhouse.entrypoints.web").joinpath("static")) as folder:
        return folder


class CompiledTemplates(BytecodeCache):
    """Code of templates, compiled once for all languages: a text is looked up at run time."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get(bucket.key)

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None, "Jinja has just compiled it"
        self._code[bucket.key] = bucket.code


def _environment(
    translations: Translations, versions: Mapping[str, str], compiled: CompiledTemplates
) -> Environment:
    environment = Environment(
        loader=PackageLoader("fullhouse.entrypoints.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=compiled,
        extensions=["jinja2.ext.i18n"],
    )
    # Plain functions, so that macros have them too, and texts are escaped with their values
    environment.globals.update(
        _=translations.gettext,
        gettext=translations.gettext,
        ngettext=translations.ngettext,
        pgettext=translations.pgettext,
        asset=partial(asset_href, versions),
        sign_out_path=SIGN_OUT_PATH,
    )
    return environment
