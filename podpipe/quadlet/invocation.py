"""A podman command line in parts: the program, its own options, the command with its options, and what follows."""

from __future__ import annotations

from podpipe.quadlet.flags import known_options
from podpipe.quadlet.words import quote_word

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Mapping

    from podpipe.quadlet.flags import Known

PREFIXES = "-@:+!|"  # what systemd takes before a program
GROUPS = {"artifact", "image", "kube", "network", "pod", "volume"}  # commands of two words begin so
THIS = '"$$@"'  # what follows "$0"; of a doubled dollar sign systemd leaves one
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+{}")


class Given:
    """An option as it was given: its long name, its value ("" for a switch), and the words that say so."""

    __slots__ = ("name", "value", "words")

    def __init__(self, name: str, value: str = "", words: list[str] | None = None) -> None:
        self.name = name
        self.value = value
        self.words = words or [f"--{name}={value}" if value else f"--{name}"]

    def renamed(self, name: str) -> Given:
        """The same value for an option of another name."""
        return Given(name, self.value, [f"--{name}", self.value] if len(self.words) == 2 else None)

    def __str__(self) -> str:
        return f"--{self.name}"


class Invocation:
    """A call of podman in an Exec line. `command` is the verb, of one word or two."""

    def __init__(self, words: list[str]) -> None:
        """Of the words of an Exec line, program first."""
        self.last = words[-1]  # of what makes something, the name of it
        waiting = list(words)
        program = waiting.pop(0)
        self.program = program.lstrip(PREFIXES)
        self.prefix = program[: len(program) - len(self.program)]
        self.globals = _take_options(waiting, known_options(""))
        verb = waiting[: 2 if waiting[:1] and waiting[0] in GROUPS else 1]
        self.command = " ".join(verb)
        self.written = verb  # what the target calls it
        del waiting[: len(verb)]
        self.options = _take_options(waiting, known_options(self.command))
        self.operands = waiting
        self.each: list[str] = []  # operands of which each gets a call of its own
        # Shell commands whose "$0" is the subject: what makes this one needless, what follows it, the last resort.
        self.unless = self.then = self.otherwise = self.subject = ""
        self.instead = ""  # a shell command in place of this one; "$0", "$1" are the operands

    def lines(self) -> list[list[str]]:
        """The words of the Exec lines that this became: one, or one for each of what it took at once."""
        return [self._line([*self.operands, each]) for each in self.each] if self.each else [self._line(self.operands)]

    def _line(self, operands: list[str]) -> list[str]:
        words = [*self.podman(*self.written), *_words(self.options), *operands]
        script = self.instead or self._script()
        if script == THIS:
            return [self.prefix + words[0], *words[1:]]
        after = [self.subject, *words] if THIS in script else operands
        return [f"{self.prefix}/bin/sh", "-c", script, *after]

    def podman(self, *words: str) -> list[str]:
        """The words of another command of the same podman, with the same global options."""
        return [self.program, *_words(self.globals), *words]

    def values(self, name: str) -> list[str]:
        """The values of an option, in order."""
        return [given.value for given in self.options if given.name == name]

    def _script(self) -> str:
        this = f"{THIS} && {self.then}" if self.then else THIS
        this = f"{{ {this}; }}" if self.then and (self.unless or self.otherwise) else this
        return " || ".join(filter(None, [self.unless, this, self.otherwise]))


def write_line(words: list[str]) -> str:
    """The Exec line of these words; scripts are easier to read in single quotes."""
    return " ".join(f"'{word}'" if _fits_quotes(word) else quote_word(word) for word in words)


def _fits_quotes(word: str) -> bool:
    return " " in word and word.isprintable() and "'" not in word and "\\" not in word


def quote_for_shell(words: list[str]) -> str:
    """Words that a shell takes as they are; specifiers and variables in them are still systemd's."""
    return " ".join(word if word and PLAIN.issuperset(word) else _in_quotes(word) for word in words)


def _in_quotes(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _words(options: list[Given]) -> list[str]:
    return [word for given in options for word in given.words]


def _take_options(words: list[str], known: Mapping[str, Known]) -> list[Given]:
    """Take the options off the front of the words. One that is not known is taken for a switch."""
    found: list[Given] = []
    while known and words and len(words[0]) > 1 and words[0].startswith("-") and words[0] != "--":
        word = words.pop(0)
        if word.startswith("--"):
            found.append(_long(word, words, known))
        else:
            found += _short(word, words, known)
    return found


def _long(word: str, words: list[str], known: Mapping[str, Known]) -> Given:
    name, equals, value = word[2:].partition("=")
    option = known.get(name)
    if not option:
        return Given(name, value, [word])
    if equals or not option.takes_value or not words:
        return Given(option.name, value, [word])
    return Given(option.name, words[0], [word, words.pop(0)])


def _short(word: str, words: list[str], known: Mapping[str, Known]) -> list[Given]:
    """The options of a word like -it or -v/a:/b, each with words of its own."""
    found: list[Given] = []
    for position, letter in enumerate(word[1:], 2):
        option = known.get(letter)
        if not option:
            return [*found, Given(letter, "", [f"-{word[position - 1 :]}"])]
        if option.takes_value:
            rest = word[position:]
            after = [words.pop(0)] if words and not rest else []
            value = rest.removeprefix("=") or "".join(after)
            return [*found, Given(option.name, value, [f"-{letter}{rest}", *after])]
        found.append(Given(option.name, "", [f"-{letter}"]))
    return found
