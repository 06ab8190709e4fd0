"""Words of a value: split as systemd and Podman's Quadlet do it, and written so that systemd reads the same.

What Podman does differently from systemd is kept: an empty word ends a list, and `\\x` escapes are code points.
"""

from __future__ import annotations

from podpipe.quadlet.errors import QuadletError

TYPE_CHECKING = False  # as typing's, whose import would cost more than this module
if TYPE_CHECKING:
    from collections.abc import Iterable

BLANKS = " \t\n\r"
# Go's unicode.IsSpace; str.strip() alone would also take the separators \x1c to \x1f.
ASCII_SPACE = "\t\n\v\f\r "
SPACE = ASCII_SPACE + "\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}
LETTERS.update({each: each for each in "\\\"'"})
CODES = {"x": (1, 2, 16), "u": (1, 4, 16), "U": (1, 8, 16), **dict.fromkeys("01234567", (0, 3, 8))}
HEX = frozenset("0123456789abcdefABCDEF")
LAST_OCTAL, LAST_CODE = 0xFF, 0x10FFFF
ESCAPES = {char: f"\\{letter}" for letter, char in LETTERS.items() if letter not in "s'"}
TO_SPACE = dict.fromkeys(map(ord, BLANKS), " ")


def split_exec(text: str) -> list[str]:
    """The words of a command line: quotes go, C escapes are applied, an open quote ends with the text.

    Errors: QuadletError for an escape that is not known.
    """
    return _split(text, unescape=True)


def split_strv(text: str) -> list[str]:
    """The words of a list of names: quotes go, backslashes stay. Errors: QuadletError for a quote that does not end."""
    return _split(text, unescape=False)


def _split(text: str, *, unescape: bool) -> list[str]:
    text = text.partition("\0")[0]
    if not any(char in text for char in "\"'\\"):
        return [word for word in text.translate(TO_SPACE).split(" ") if word]
    words: list[str] = []
    position = 0
    while True:
        word, position = _first_word(text, position, unescape)
        if not word:
            return words
        words.append(word)


def _first_word(text: str, position: int, unescape: bool) -> tuple[str, int]:
    end = len(text)
    while position < end and text[position] in BLANKS:
        position += 1
    word: list[str] = []
    quote = ""
    while position < end:
        char = text[position]
        position += 1
        if char == "\\" and unescape:
            if position == end:
                break
            char, position = _unescape(text, position)
        elif char == quote:
            quote = ""
            continue
        elif not quote and char in "\"'":
            quote = char
            continue
        elif not quote and char in BLANKS:
            break
        word.append(char)
    if quote and not unescape:
        raise QuadletError("unbalanced quotes")
    return "".join(word), position


def _unescape(text: str, position: int) -> tuple[str, int]:
    """The character that the escape at `position`, after its backslash, stands for; and where it ends."""
    kind = text[position]
    if kind in LETTERS:
        return LETTERS[kind], position + 1
    skip, length, base = CODES.get(kind, (0, 0, 0))
    digits = text[position + skip : position + skip + length]
    if length and len(digits) == length and HEX.issuperset(digits):
        try:
            code = int(digits, base)
        except ValueError:
            code = 0
        if 0 < code <= (LAST_OCTAL if base == 8 else LAST_CODE):
            return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code), position + skip + length
    raise QuadletError("unsupported escape char")


def join_words(words: Iterable[str]) -> str:
    """A command line of which systemd makes these words again; specifiers (%) are left to it."""
    return " ".join(map(quote_word, words))


def quote_word(word: str) -> str:
    """The word, in quotes if it needs them; so does `;`, which would end the command. An empty word vanishes."""
    if word == ";" or any(map(_needs_escape, word)):
        return '"' + "".join(_escape(char) for char in word) + '"'
    return word


def _needs_escape(char: str) -> bool:
    return char <= " " or char in "\"'\\" or "\x7f" <= char <= "\x80"


def _escape(char: str) -> str:
    if not _needs_escape(char) or char == "'":
        return char
    return ESCAPES.get(char) or f"\\x{ord(char):02x}"
