"""Jinja2 templates: the writer's own before the theme's, run in Jinja2's sandbox.

Costs the import of Jinja2: import it where something has to be rendered.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from podpipe.web.cache import Cache
from podpipe.web.page import Page, tag_url
from podpipe.web.problems import ContentError, Problem
from podpipe.web.scan import TEMPLATES
from podpipe.web.settings import Site

THEME = Path(__file__).parent / "theme"


class Theme:
    """Renders the site's templates. `own` is the writer's folder of them; `cache` keeps their bytecode.

    A template of the theme stays within reach of one that replaces it: `{% extends "theme/page.html" %}`.
    """

    def __init__(self, own: Path, cache: Cache, site: Site) -> None:
        shipped = jinja2.FileSystemLoader(THEME / "templates")
        self._own = own
        self._environment = ImmutableSandboxedEnvironment(
            loader=jinja2.ChoiceLoader(
                [jinja2.FileSystemLoader(own), shipped, jinja2.PrefixLoader({"theme": shipped})]
            ),
            bytecode_cache=_CompiledTemplates(cache),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.globals.update(site=site, latest=latest)
        self._environment.filters.update(
            day=day,
            rfc3339=rfc3339,
            absolute=absolute,
            tag_url=tag_url,
        )

    def render(self, template: str, context: Mapping[str, object], source: str) -> str:
        """One output's text. Errors: ContentError with the template's line; `source` names whose output it is."""
        try:
            return self._environment.get_template(template).render(context)
        except jinja2.TemplateSyntaxError as error:
            raise ContentError(Problem(self._shown(error.filename), error.lineno, str(error.message))) from None
        except jinja2.TemplateNotFound as error:
            file, line = self._where(error, source)
            raise ContentError(Problem(file, line, f"asks for the template {error.name}, which is not there")) from None
        except UnicodeDecodeError:
            raise ContentError(Problem(template, 0, "this template or one that it includes is not UTF-8")) from None
        except Exception as error:  # whatever the writer's expressions raise
            file, line = self._where(error, TEMPLATES)
            raise ContentError(Problem(file, line, f"{error} (while making {source})")) from None

    def _where(self, error: Exception, otherwise: str) -> tuple[str, int]:
        """The innermost template line of a traceback; Jinja2 rewrites its frames to name the templates."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if Path(frame.filename).parent in (self._own, THEME / "templates"):
                return self._shown(frame.filename), frame.lineno or 0
        return otherwise, 0

    def _shown(self, filename: str | None) -> str:
        path = Path(filename or "a template")
        return TEMPLATES + path.name if path.parent == self._own else f"theme/{path.name}"


class _CompiledTemplates(BytecodeCache):
    """Bytecode in our cache, which forgets it when the code that renders is another."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def load_bytecode(self, bucket: Bucket) -> None:
        compiled = self._cache.template(bucket.key)
        if compiled:
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._cache.keep_template(bucket.key, bucket.bytecode_to_string())


# What depends on the site's settings has to take the context: Jinja2 computes every other filter of a
# constant when it compiles, and the bytecode outlives the settings.


@jinja2.pass_context
def day(context: Context, moment: datetime) -> str:
    """A date as the site writes it."""
    return moment.strftime(context["site"].date_format)


@jinja2.pass_context
def absolute(context: Context, url: str) -> str:
    """A page's address with the site's host before it."""
    return f"{context['site'].url}{quote(url)}"


def latest(pages: Sequence[Page]) -> datetime:
    """When the newest of the pages changed; 1970 if there is none."""
    epoch = datetime.fromtimestamp(0, timezone.utc)
    return max((page.updated or page.date or epoch for page in pages), default=epoch)


def rfc3339(moment: datetime) -> str:
    """A moment as Atom, sitemaps and `<time>` write it, in UTC."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
