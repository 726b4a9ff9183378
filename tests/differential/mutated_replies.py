"""Replies that are nearly right: question number N is the same in every run.

Half of them are put together of members spelled in many ways, and most of those give a token;
the others are such a reply, or a text that is no JSON, with some bytes or pieces changed.
"""

import random

from not_json import NOT_JSON
from strict_reader import SETTINGS

GOOD_TYPES = ("application/json", "Application/JSON", "application/json; charset=utf-8",
              "application/vnd.provider+json", "application/json\t;x")
BAD_TYPES = ("", "text/html", "application/jsonp", "application/+json", "application/js on",
             "application/json5", "text/x+json", "application/x+json-seq", " application/json")

TOKENS = ('"tok"', '"AZaz09-._~+/=="', '"t\\u006fk"', '"!~"', '"\\/\\"\\\\"', '"' + "x" * 300 + '"')
BAD_TOKENS = ('""', '"a b"', '"a\\nb"', '"a\\u0000"', '"t\\u00f6k"', '"t\u00f6k"', "null", "7",
              "true", "[]", "{}", '["tok"]', '"\\ud83d\\ude00"', '"\\ud83d"', '"\\u007f"')
KINDS = ('"Bearer"', '"bearer"', '"BEARER"', '"\\u0042earer"', '"bEaReR"')
BAD_KINDS = ('"DPoP"', '"Bearer "', '"bearer\\u0000"', '"\u212aearer"', "null", '["Bearer"]', '""')
LIVES = ("1", "59", "60", "61", "3599", "7200", "7201", "86400", "86401", "0", "-0", "-1", "0.9",
         "1.0", "1e0", "1E+3", "36000e-1", "3599.9", "0.99999999999999999999", "1e308", "1e309",
         "-1e309", "1e-400", "-0.0", "2147483647", "2147483648", "4294967297",
         "9223372036854775807", "9223372036854775808", "18446744073709551615",
         "18446744073709551617", "-9223372036854775808", "-9223372036854775809",
         "340282366920938463463374607431768211457", "1" + "0" * 400, "-1" + "0" * 400,
         '"3600"', '"0"', '"0003600"', '"9999999999"', '"10000000000"', '"00000000001"', '""',
         '"-1"', '"+1"', '" 1"', '"1 "', '"1.5"', '"1e3"', '"\\u0031"', '"\u0661"', '"one"',
         "null", "true", "false", "[]", "{}", "[1]")
SCOPES = ('"read write"', '"read"', '"write read"', '"read,write"', '"read  write x"', '"READ write"',
          '""', "null", '["read","write"]', "7", '"a b-c:d"', '"b-c:d,a"', '"a b-c:dd"', '"reader write"',
          '"read\\u0020write"', '"read\u00a0write"', '"read\\twrite"')
NAMES = {
    "access_token": ('"access_token"', '"access\\u005ftoken"', '"\\u0061ccess_token"'),
    "token_type": ('"token_type"', '"token\\u005Ftype"'),
    "expires_in": ('"expires_in"', '"expires\\u005fin"'),
    "scope": ('"scope"', '"sc\\u006fpe"'),
}
OTHERS = ('"error":null', '"error":"invalid_client"', '"error":{}', '"error":0', '"x":1', '"":""',
          '"success":false', '"refresh_token":"r"', '"Access_Token":"T"', '"access_token ":"T"',
          '"x":{"access_token":"T"}', '"x":[1,2.5,-3e-7,true,false,null,"\\ud83d\\ude00"]')
PIECES = [piece.encode() for piece in (
    "{", "}", "[", "]", ",", ":", '"', "\\", "\\u", "\\u0000", "\\u005f", "\\ud800", "\\udc00",
    "//", "/**/", "'", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "1.", ".5", "1e", "0x1",
    "null", "nul", "True", "true", "false", " ", "\t", "\r\n", "\n", "\v", "\f", "\u00a0", "\ufeff",
    "\u2028", "\x7f", '"access_token"', '"access_token":"T",', '"token_type":"Bearer",',
    '"expires_in":1,', '"error":null,', '"error":1,', '"x":', '{"x":', "[[[[[[[", "]]]]]]]",
    "{}", "[]", '""')] + [
    b"\x00", b"\xff", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf0\x80\x80\x80",
    b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\x80", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98",
    b"\xc3\xbc", b"\xf0\x9f\x98\x80", b"\xef\xbb\xbf"]
SPACES = ("", "", "", " ", "\n", "\t", "\r\n ", "  ")


def question(number):
    """(setting, content type, body)."""
    chance = random.Random(number)
    setting = chance.randrange(len(SETTINGS))
    content_type = chance.choice(GOOD_TYPES if chance.random() < 0.97 else BAD_TYPES)
    body = assembled(chance)
    if chance.random() < 0.5:
        body = mutated(chance, body)
    return setting, content_type, body


def encoded(number):
    """The question as read_replies.c takes it."""
    setting, content_type, body = question(number)
    inner = bytes((setting, len(content_type))) + content_type.encode() + body
    return len(inner).to_bytes(4, "little") + inner


def mostly(chance, usual, others, share=0.97):
    return chance.choice(usual if chance.random() < share else others)


def assembled(chance):
    members = [
        (chance.choice(NAMES["access_token"]), mostly(chance, TOKENS, BAD_TOKENS)),
        (chance.choice(NAMES["token_type"]), mostly(chance, KINDS, BAD_KINDS)),
    ]
    if chance.random() < 0.8:
        members.append((chance.choice(NAMES["expires_in"]), chance.choice(LIVES)))
    if chance.random() < 0.6:
        members.append((chance.choice(NAMES["scope"]), chance.choice(SCOPES)))
    members = [f"{name}{space(chance)}:{space(chance)}{value}" for name, value in members]
    while chance.random() < 0.4:
        members.append(chance.choice(OTHERS) if chance.random() < 0.6 else '"y":' + value(chance, 1))
    if chance.random() < 0.03:
        members.append(chance.choice(members))
    if chance.random() < 0.03:
        members.pop(chance.randrange(len(members)))
    chance.shuffle(members)
    body = ",".join(member + space(chance) for member in members)
    return f"{space(chance)}{{{space(chance)}{body}}}{space(chance)}".encode()


def space(chance):
    return chance.choice(SPACES)


def value(chance, level):
    """Any JSON value, seldom deeper than is allowed."""
    kind = chance.random()
    if kind < 0.3 and level < 10:
        return "[" + ",".join(value(chance, level + 1) for _ in range(chance.randrange(3))) + "]"
    if kind < 0.55 and level < 10:
        names = [chance.choice(("a", "b", "\\u0061", "", "\u00e9", "\\u00e9")) for _ in range(2)]
        names = names[:chance.randrange(3)]
        return "{" + ",".join(f'"{name}":{value(chance, level + 1)}' for name in names) + "}"
    if kind < 0.6:
        depth = chance.randrange(4, 10)
        return "[" * depth + chance.choice(("", "1")) + "]" * depth
    return chance.choice(LIVES + TOKENS + SCOPES)


def mutated(chance, body):
    if chance.random() < 0.15:
        text = chance.choice(list(NOT_JSON.values()))
        body = body.rstrip()[:-1] + b',"z":' + text[:500] + b"}"
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
        body = chance.choice(MUTATIONS)(chance, body)
    return body


def place(chance, body):
    return chance.randrange(len(body) + 1)


def span(chance, body):
    start = place(chance, body)
    return start, min(len(body), start + chance.choice((1, 1, 2, 3, 8, 20)))


def flip(chance, body):
    if not body:
        return body
    at = chance.randrange(len(body))
    return body[:at] + bytes((body[at] ^ 1 << chance.randrange(8),)) + body[at + 1:]


def overwrite(chance, body):
    start, end = span(chance, body)
    return body[:start] + chance.choice(PIECES) + body[end:]


def insert(chance, body):
    at = place(chance, body)
    return body[:at] + chance.choice(PIECES) + body[at:]


def insert_byte(chance, body):
    at = place(chance, body)
    return body[:at] + bytes((chance.randrange(256),)) + body[at:]


def drop(chance, body):
    start, end = span(chance, body)
    return body[:start] + body[end:]


def repeat(chance, body):
    start, end = span(chance, body)
    return body[:end] + body[start:end] + body[end:]


def cut(chance, body):
    return body[:place(chance, body)]


def append(chance, body):
    return body + chance.choice(PIECES)


def escape(chance, body):
    """Another spelling of one character, wherever it stands."""
    at = place(chance, body)
    return body[:at] + b"".join(b"\\u%04x" % byte for byte in body[at:at + 1]) + body[at + 1:]


MUTATIONS = (flip, overwrite, insert, insert_byte, drop, repeat, cut, append, escape)
