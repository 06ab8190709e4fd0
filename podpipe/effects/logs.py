"""The lines that containers print, one stream or several at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from podpipe.errors import PodpipeError

if TYPE_CHECKING:
    from podpipe.effects.engine import Engine


def read_logs(
    engine: Engine, names: Sequence[str], *, follow: bool = False, tail: int | None = None
) -> Iterator[tuple[str, str]]:
    """(container, line), one container after the other; followed, in the order in which they come.

    Errors: NotFound; EngineUnavailable when the stream breaks.
    """
    if follow and len(names) > 1:
        yield from _merged(engine, names, tail)
        return
    for name in names:
        for _, line in engine.logs(name, follow=follow, tail=tail):
            yield name, line


def _merged(engine: Engine, names: Sequence[str], tail: int | None) -> Iterator[tuple[str, str]]:
    from queue import SimpleQueue
    from threading import Thread

    lines: SimpleQueue[tuple[str, str] | PodpipeError | None] = SimpleQueue()

    def read(name: str) -> None:
        try:
            for _, line in engine.logs(name, follow=True, tail=tail):
                lines.put((name, line))
            lines.put(None)
        except PodpipeError as error:
            lines.put(error)

    for name in names:
        Thread(target=read, args=(name,), daemon=True).start()
    ended = 0
    while ended < len(names):
        item = lines.get()
        if isinstance(item, PodpipeError):
            raise item
        if item is None:
            ended += 1
        else:
            yield item
