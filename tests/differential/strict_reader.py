"""The rules of docs/token-replies.md for a reply with status 200, read a second time.

Shares nothing with lib/oauth and lib/base but the page: no JSON library, no code of ours. A
reply is read() to a Token or to None, which means refused.
"""

import math
import re
from dataclasses import dataclass

DEPTH = 8
BODY_MAX = 65536
TOKEN_MAX = 49152
WARNING_MAX = 255


@dataclass(frozen=True)
class Setting:
    """What the profile asks for."""
    scope: object
    strict_scope: bool
    max_lifetime: int
    default_lifetime: int


# In the order of read_replies.c.
SETTINGS = (
    Setting(None, False, 86400, 0),
    Setting("read write", False, 7200, 120),
    Setting("read write", True, 86400, 300),
    Setting(" a  b-c:d ", False, 60, 3600),
)


@dataclass(frozen=True)
class Token:
    text: str
    life: int
    warning: str


class Refused(Exception):
    pass


# --- strict JSON (RFC 8259): values are str, bool, None, dict, list, or Number ---------------


@dataclass(frozen=True)
class Number:
    text: str


SPACE = re.compile(r"[ \t\r\n]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
ESCAPE = re.compile(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4}))')
WORDS = {"true": True, "false": False, "null": None}
MEANING = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Document:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def skip(self):
        self.at = SPACE.match(self.text, self.at).end()

    def peek(self):
        return self.text[self.at:self.at + 1]

    def take(self, character):
        if self.peek() != character:
            raise Refused(f"no {character!r}")
        self.at += 1

    def whole(self):
        value = self.value(1)
        if self.at != len(self.text):
            raise Refused("more than one value")
        return value

    def value(self, level):
        """One value and the white space around it; the document itself is on level 1."""
        if level > DEPTH:
            raise Refused("too deep")
        self.skip()
        if self.peek() == "{":
            value = self.object(level)
        elif self.peek() == "[":
            value = self.array(level)
        elif self.peek() == '"':
            value = self.string()
        else:
            value = self.scalar()
        self.skip()
        return value

    def object(self, level):
        members = {}
        self.take("{")
        self.skip()
        while self.peek() != "}":
            if members:
                self.take(",")
                self.skip()
            name = self.string()
            self.skip()
            self.take(":")
            if name in members:
                raise Refused("a name twice")
            members[name] = self.value(level + 1)
        self.take("}")
        return members

    def array(self, level):
        elements = []
        self.take("[")
        self.skip()
        while self.peek() != "]":
            if elements:
                self.take(",")
            elements.append(self.value(level + 1))
        self.take("]")
        return elements

    def scalar(self):
        for word, value in WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        match = NUMBER.match(self.text, self.at)
        if not match:
            raise Refused("no value")
        self.at = match.end()
        return Number(match[0])

    def string(self):
        pieces = []
        self.take('"')
        while True:
            plain = PLAIN.match(self.text, self.at)
            pieces.append(plain[0])
            self.at = plain.end()
            if self.peek() != "\\":
                break
            pieces.append(self.escape())
        self.take('"')
        return "".join(pieces)

    def escape(self):
        unit = self.unit()
        if isinstance(unit, str):
            return unit
        if unit == 0 or 0xdc00 <= unit <= 0xdfff:
            raise Refused("NUL, or the second half of a pair alone")
        if not 0xd800 <= unit <= 0xdbff:
            return chr(unit)
        low = self.unit()
        if not isinstance(low, int) or not 0xdc00 <= low <= 0xdfff:
            raise Refused("the first half of a pair alone")
        return chr(0x10000 + (unit - 0xd800) * 0x400 + low - 0xdc00)

    def unit(self):
        """A character, or the number of a UTF-16 code unit."""
        match = ESCAPE.match(self.text, self.at)
        if not match:
            raise Refused("no such escape")
        self.at = match.end()
        return MEANING[match[1]] if match[1] else int(match[2], 16)


# --- the reply -----------------------------------------------------------------------------


TYPE = re.compile(r"application/(?:json|[^; \t]+\+json)(?:[; \t].*)?", re.I | re.ASCII | re.DOTALL)
TOKEN = re.compile(r"[!-~]{1,%d}" % TOKEN_MAX)
DIGITS = re.compile(r"[0-9]{1,10}")
NO_NUMBER = "the reply's expires_in is not a number and was ignored"
NO_LIFE = "the reply's expires_in is no time to live; the token is not cached"


def seconds_of(value):
    """Of an expires_in that is there; None when it is a string that says nothing."""
    if isinstance(value, str):
        return int(value) if DIGITS.fullmatch(value) else None
    if not isinstance(value, Number):
        return 0
    if re.search("[.eE]", value.text):
        number = float(value.text)  # an IEEE double, as everybody reads it
        return int(number) if math.isfinite(number) and number >= 1 else 0
    return max(0, int(value.text)) if len(value.text) < 30 else 0 if value.text[0] == "-" else 1 << 99


def life(members, setting):
    """The seconds, and the warning or nothing."""
    fallback = min(setting.default_lifetime, setting.max_lifetime)
    if "expires_in" not in members:
        return fallback, []
    seconds = seconds_of(members["expires_in"])
    if seconds is None:
        return fallback, [NO_NUMBER]
    return min(seconds, setting.max_lifetime), [NO_LIFE] if seconds == 0 else []


def missing_scope(members, setting):
    granted = members.get("scope")
    if setting.scope is None or granted is None:
        return []
    has = re.split("[ ,]", granted) if isinstance(granted, str) else []
    return [word for word in setting.scope.split() if word not in has]


def take_token(members, setting):
    text, kind = members.get("access_token"), members.get("token_type")
    if members.get("error") is not None:
        raise Refused("an error")
    if not isinstance(text, str) or not TOKEN.fullmatch(text):
        raise Refused("no token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise Refused("a token of another kind")
    missing = missing_scope(members, setting)
    if missing and setting.strict_scope:
        raise Refused("less than asked for")
    seconds, warnings = life(members, setting)
    if missing:
        warnings.insert(0, f"the server did not grant the scope {' '.join(missing)}")
    return Token(text, seconds, "; ".join(warnings)[:WARNING_MAX])


def read(content_type, body, setting):
    """A Token, or None. CONTENT_TYPE "": there is none."""
    try:
        if len(body) > BODY_MAX or not TYPE.fullmatch(content_type):
            raise Refused("no JSON")
        members = Document(body.decode("utf-8", "strict")).whole()
        if not isinstance(members, dict):
            raise Refused("no object")
        return take_token(members, setting)
    except (Refused, UnicodeDecodeError):
        return None
