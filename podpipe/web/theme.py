"""Jinja2 templates: the writer's own before the theme's, run in Jinja2's sandbox.

Costs the import of Jinja2: import it where something has to be rendered.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

import jinja2
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from podpipe.web.cache import Cache
from podpipe.web.limits import MEMORY, MIB, Overtime, cpu_limit
from podpipe.web.page import Page, tag_url
from podpipe.web.problems import ContentError, Problem
from podpipe.web.reading import read_source
from podpipe.web.scan import TEMPLATES, Source
from podpipe.web.settings import Site
from podpipe.web.shortcodes import Call

RENDER_TIME = 10.0  # seconds of computing for one file of the site
BOUNDS: Mapping[type[BaseException], str] = {
    Overtime: f"takes longer than {RENDER_TIME:g} s",
    MemoryError: f"takes more than {MEMORY // MIB} MiB of memory",
    RecursionError: "is nested too deep: does it include itself?",
}
SHIPPED = str(Path(__file__).parent / "theme/templates")


class Theme:
    """Renders the site's templates. `own` are the writer's, in the folder `content`; `cache` keeps their bytecode.

    A template of the theme stays within reach of one that replaces it: `{% extends "theme/page.html" %}`.
    """

    def __init__(self, content: Path, own: Iterable[Source], cache: Cache, site: Site) -> None:
        shipped = jinja2.FileSystemLoader(SHIPPED)
        self._environment = ImmutableSandboxedEnvironment(
            loader=jinja2.ChoiceLoader([_OwnTemplates(content, own), shipped, jinja2.PrefixLoader({"theme": shipped})]),
            bytecode_cache=_CompiledTemplates(cache),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        # Of constants too they are computed where a file is rendered, not where the template is compiled: only there is
        # the line known that takes too much.
        self._environment.intercepted_binops = frozenset({"*", "**", "%"})
        self._environment.globals.update(site=site, latest=latest)
        self._environment.filters.update(
            day=day,
            rfc3339=rfc3339,
            absolute=absolute,
            tag_url=tag_url,
            markdown=markdown,
        )
        self._exhausting: dict[str, Problem] = {}  # what took too much is not tried for the next page
        self._shortcodes = {name for name in self._environment.list_templates() if name.startswith("shortcodes/")}

    def render(self, template: str, context: Mapping[str, object], source: str) -> str:
        """One output's text. Errors: ContentError with the template's line; `source` names whose output it is."""
        if template in self._exhausting:
            raise ContentError(replace(self._exhausting[template], making=(source,)))
        try:
            with cpu_limit(RENDER_TIME):
                return self._environment.get_template(template).render(context)
        except jinja2.TemplateSyntaxError as error:
            problem = Problem(self._shown(error.filename), error.lineno, str(error.message), (source,))
            raise ContentError(problem) from None
        except jinja2.TemplateNotFound as error:
            file, line = self._where(error, source)
            raise ContentError(Problem(file, line, f"asks for the template {error.name}, which is not there")) from None
        except ContentError:
            raise
        except (Exception, Overtime) as error:  # whatever the writer's expressions raise
            file, line = self._where(error, TEMPLATES)
            if isinstance(error, (Overtime, MemoryError)):
                self._exhausting[template] = Problem(file, line, BOUNDS[type(error)], (source,))
            raise ContentError(Problem(file, line, BOUNDS.get(type(error)) or str(error), (source,))) from None

    def shortcode(self, call: Call, source: str) -> str | None:
        """What a template in shortcodes/ makes of a call; None if there is none. Errors: ContentError, as `render`."""
        template = f"shortcodes/{call.name}.html"
        if template not in self._shortcodes:
            return None
        inner = Markup(call.inner)  # noqa: S704 (the writer's own HTML)
        return self.render(template, {"args": call.args, "params": call.params, "inner": inner}, source)

    def _where(self, error: BaseException, otherwise: str) -> tuple[str, int]:
        """The innermost template line of a traceback; Jinja2 rewrites its frames to name the templates."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename.startswith((TEMPLATES, SHIPPED)):
                shown, line = self._shown(frame.filename), frame.lineno or 0
                if isinstance(error, Overtime):  # no Exception, so Jinja2 did not rewrite it
                    name = shown[len(TEMPLATES) :] if shown.startswith(TEMPLATES) else shown
                    line = self._environment.get_template(name).get_corresponding_lineno(line)
                return shown, line
        return otherwise, 0

    def _shown(self, filename: str | None) -> str:
        name = filename or "a template"
        return f"theme/{Path(name).name}" if name.startswith(SHIPPED) else name


class _OwnTemplates(jinja2.BaseLoader):
    """The writer's own: those that the scan of the content found, and no other file."""

    def __init__(self, content: Path, sources: Iterable[Source]) -> None:
        self._content = content
        self._sources = {source.path: source for source in sources}

    def list_templates(self) -> list[str]:
        return [path[len(TEMPLATES) :] for path in self._sources]

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        """As Jinja2 asks for it; the name that it remembers is the one to show."""
        source = self._sources.get(TEMPLATES + template)
        if source is None:
            raise jinja2.TemplateNotFound(template)
        try:
            return read_source(self._content, source).decode(), source.path, None
        except UnicodeDecodeError:
            raise ContentError(Problem(source.path, 0, "is not UTF-8: save it as UTF-8")) from None


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


def markdown(text: str) -> Markup:
    """Markdown as HTML."""
    from podpipe.web.markup import Renderer

    return Markup(Renderer().render(text).html)  # noqa: S704 (the writer's own HTML)


def latest(pages: Sequence[Page]) -> datetime:
    """When the newest of the pages changed; 1970 if there is none."""
    epoch = datetime.fromtimestamp(0, timezone.utc)
    return max((page.updated or page.date or epoch for page in pages), default=epoch)


def rfc3339(moment: datetime) -> str:
    """A moment as Atom, sitemaps and `<time>` write it, in UTC."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
