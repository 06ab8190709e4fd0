"""What there is to say about a run: kept in order for who calls the library, printed as it comes by the command."""

from __future__ import annotations

DEBUG, WARNING, ERROR = "debug", "warning", "error"


class Log:
    """Messages of three kinds; only an error is one that makes the command fail."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []

    def debug(self, text: str) -> None:
        self.say(DEBUG, text)

    def warning(self, text: str) -> None:
        self.say(WARNING, text)

    def error(self, text: str) -> None:
        self.say(ERROR, text)

    def say(self, kind: str, text: str) -> None:
        """Take one message; the command's own log prints it, too."""
        self.messages.append((kind, text))

    def of(self, kind: str) -> list[str]:
        """The messages of one kind."""
        return [text for each, text in self.messages if each == kind]


def quoted(text: str) -> str:
    """The text as one word of a message: in double quotes, what is not printable as an escape."""
    return '"' + "".join(f"\\{c}" if c in '"\\' else printable(c) for c in text) + '"'


def printable(text: str) -> str:
    """The text with what is not printable as escapes: none may steer a terminal or fake a line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
