"""Replies that a client could stumble over, and what each must come to.

A row is a name, what the server does, and the verdict: Fails(exit status, words of the
message) or Token(seconds that it is cached; None: handed out once, not cached).
"""

import gzip
import json
import secrets
import zlib
from dataclasses import dataclass

from harness import DENIED, NETWORK, SERVER
from hostile_server import answer, endless, good_body

TOKEN = secrets.token_hex(16)
MAX_LIFETIME = 86400


@dataclass
class Fails:
    status: int
    words: tuple

    def __init__(self, status, *words):
        self.status = status
        self.words = words


@dataclass
class Token:
    seconds: object  # None: not cached
    text: str = TOKEN


@dataclass
class Row:
    name: str
    behaviour: object
    verdict: object
    requests: int = 1


def _body(text, verdict, name=None):
    """One 200 whose body is TEXT; a string is sent as UTF-8."""
    return Row(name or f"body {text[:60]!r}", answer(text), verdict)


def _text(body):
    return json.dumps(body)


def _with(member, **changes):
    """The text of a good body with MEMBER, a piece of text, behind it."""
    return _text(good_body(TOKEN, **changes))[:-1] + f", {member}}}"


def _with_bytes(member):
    return _text(good_body(TOKEN))[:-1].encode() + b", " + member + b"}"


NOT_STRICT = Fails(SERVER, "HTTP 200", "not strict JSON")
NOT_A_TOKEN = Fails(SERVER, "HTTP 200", "not a token")
NO_TOKEN = Fails(SERVER, "HTTP 200", "without a token")


def documents():
    """Bodies that are not one strict JSON object."""
    good = _text(good_body(TOKEN))
    texts = [
        "", " ", "null", "true", "17", f'"{TOKEN}"', "[]", f"[{good}]", TOKEN, "<html></html>",
        good + good, good + "x", good + ",", good + " null", good[:-1], good[:-1] + ",}",
        "{," + good[1:], good[:-1] + "]", "[" + good[1:], good.replace(":", "=", 1),
        good.replace('"', "'"), "// x\n" + good, good + "# x", "/* x */" + good,
        f"access_token={TOKEN}&token_type=Bearer", good + "\0", good + "\0junk", "\0" + good,
        "\ufeff" + good, "\x0b" + good, "\u00a0" + good, "callback(" + good + ")",
        ")]}'\n" + good,
    ]
    members = [
        f'"access_token": "{TOKEN}"', '"access_token": "other"', '"access_token": null',
        r'"access\u005ftoken": "other"', r'"\u0061ccess_token": "other"', '"token_type": "mac"',
        '"expires_in": 1', r'"expires\u005fin": 1', '"scope": "a", "scope": "b"',
        '"error": null, "error": "x"', '"x": {"y": 1, "y": 1}', '"x": [{"y": 1, "y": 2}]',
        '"x": "a\nb"', '"x": "a\tb"', '"x": "a\rb"', '"x": "\x01"', r'"x": "\u0000"',
        r'"x\u0000y": 1', r'"x": "\x41"', r'"x": "\u12g4"', r'"x": "\ud800"', r'"x": "\udc00"',
        r'"x": "\ud800\u0041"', '"x": NaN', '"x": Infinity', '"x": -Infinity', '"x": -01',
        '"x": 01', '"x": 2.', '"x": 2.e3', '"x": .5', '"x": +1', '"x": 0x10', '"x": 1e',
        '"x": True', '"x": nul', "'x': 1", "x: 1", '"x"', '"x":', "1: 1",
        '"x": ' + "[" * 8 + "]" * 8, '"x": ' + '{"x":' * 8 + "1" + "}" * 8,
        '"x": ' + "[" * 30000,
    ]
    raw = [
        b'"x": "\xc0\x8a"', b'"x": "\xe0\x80\x8a"', b'"x": "\xff"', b'"x": "\xc3"',
        b'"x": "\x80"', b'"x": "\xed\xa0\x80"', b'"x": "\xf4\x90\x80\x80"', b'"x": "\xf0\x9f"',
        b'"\xc1\xbf": 1',
    ]
    for text in texts:
        yield _body(text, NOT_STRICT)
    for member in members:
        yield _body(_with(member), NOT_STRICT, f"member {member[:60]!r}")
    for member in raw:
        yield _body(_with_bytes(member), NOT_STRICT, f"member {member!r}")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield _body(good.encode(encoding), NOT_STRICT, f"in {encoding}")


def tokens():
    """Documents whose token is none, or not ours to hand out."""
    for value in (
        "", " ", " abc", "abc ", "a b", "a\nb", "a\r\nX-Header: 1", "a\tb", "a\x7fb", "caf\u00e9",
        "\u202eabc", "a\u2028b", 12345, 1.5, True, False, [], [TOKEN], {}, {"a": 1},
        "\x1b]52;c;eA==\x07",
    ):
        yield _body(_text(good_body(value)), NOT_A_TOKEN, f"access_token {value!r:.40}")
    yield _body(_text(good_body("t" * 49153)), Fails(SERVER, "49153 bytes"), "too long a token")
    yield _body(_text(good_body("t" * 49152)), Token(3599, "t" * 49152), "the longest token")
    yield _body(_text(good_body("!~+/=-._")), Token(3599, "!~+/=-._"), "a token of signs")
    for value in (None, "DPoP", "MAC", "N_A", "", "Bearer ", " Bearer", "Bearer\n", 7, {}, ["Bearer"]):
        words = ("type Bearer",) if isinstance(value, str) else ("token_type",)
        body = good_body(TOKEN, token_type=value)
        yield _body(_text(body), Fails(SERVER, *words), f"token_type {value!r}")
    for value in ("bearer", "BEARER", "bEaReR"):
        yield _body(_text(good_body(TOKEN, token_type=value)), Token(3599), f"token_type {value}")
    for body in (
        {}, {"token": TOKEN}, {"Access_Token": TOKEN, "token_type": "Bearer"},
        {"access_token": None, "token_type": "Bearer"}, {"data": good_body(TOKEN)},
        {"success": False}, {"success": True}, {"id_token": TOKEN, "refresh_token": TOKEN},
    ):
        yield _body(_text(body), NO_TOKEN, f"no token {list(body)}")
    for error, status in (
        ("invalid_client", DENIED), ("access_denied", DENIED), ("weird", DENIED),
        ("temporarily_unavailable", SERVER), ("server_error", SERVER), (7, DENIED), ({}, SERVER),
        ([], SERVER), (True, SERVER), ("", SERVER), ("\x1b[31m", SERVER),
    ):
        body = good_body(TOKEN, error=error)
        again = 3 if error == "temporarily_unavailable" else 1
        yield Row(f"error {error!r} beside a token", answer(body), Fails(status, "HTTP 200"), again)


def lives():
    """expires_in in every way: a raw piece of JSON, and the seconds it is cached."""
    for text, seconds in (
        ("1", 1), ("60", 60), ("3600", 3600), ("86400", MAX_LIFETIME), ("86401", MAX_LIFETIME),
        ("2147483648", MAX_LIFETIME), ("9223372036854775807", MAX_LIFETIME),
        ("9223372036854775808", MAX_LIFETIME), ("18446744073709551616", MAX_LIFETIME),
        ("9" * 400, MAX_LIFETIME), ("3599.9", 3599), ("1e3", 1000), ("1E+3", 1000),
        ("36e2", 3600), ("1e18", MAX_LIFETIME), ('"3600"', 3600), ('"9999999999"', MAX_LIFETIME),
        ("0", None), ("-0", None), ("-1", None), ("-3600", None), ("-9223372036854775809", None),
        ("0.9", None), ("1e-3", None), ("1e400", None), ("-1e400", None), ("null", None),
        ("true", None), ("false", None), ("[]", None), ("[3600]", None), ("{}", None),
        ('{"seconds": 3600}', None), ('"36 00x"', None), ('"-1"', None), ('"+60"', None),
        ('"60.5"', None), ('"1e3"', None), ('" 60"', None), ('""', None), ('"soon"', None),
        ('"99999999999"', None), ('"0"', None), ('"\\u0663\\u0660"', None),
    ):
        body = _with(f'"expires_in": {text}', expires_in=None)
        yield _body(body, Token(seconds), f"expires_in {text[:40]}")
    yield _body(_text(good_body(TOKEN, expires_in=None)), Token(None), "no expires_in")
    yield _body(_with('"Expires_In": 60', expires_in=None), Token(None), "Expires_In")
    for member in (
        '"scope": null', '"scope": 7', '"refresh_token": "r"', '"error": null', '"x": [[[[1]]]]',
        '"scope": "' + "s " * 20000 + '"', '"jti": null, "expires_on": "1"', '"x": "\\ud83d\\ude00"',
        '"success": false',
    ):
        yield _body(_with(member), Token(3599), f"beside {member[:40]}")
    spaced = " \t\r\n" * 2000 + _text(good_body(TOKEN)) + " \t\r\n" * 2000
    yield _body(spaced, Token(3599), "white space around it")


def statuses():
    good = good_body(TOKEN)
    for status in ("201 Created", "202 Accepted", "203 x", "206 Partial Content", "226 x", "299 x"):
        yield Row(f"status {status}", answer(good, status=status),
                  Fails(SERVER, f"HTTP {status[:3]}", "unexpected status"))
    for status in ("204 No Content", "205 Reset Content"):
        yield Row(f"status {status}", answer("", status=status), Fails(SERVER, f"HTTP {status[:3]}"))
    for status in ("300 x", "304 Not Modified", "305 Use Proxy", "399 x"):
        yield Row(f"status {status}", answer("", status=status), Fails(SERVER, "redirect"))
    for status, code, requests in (
        ("400", SERVER, 1), ("401", DENIED, 1), ("403", DENIED, 1), ("404", SERVER, 1),
        ("405", SERVER, 1), ("407", SERVER, 1), ("408", SERVER, 3), ("410", SERVER, 1),
        ("418", SERVER, 1), ("425", SERVER, 1), ("431", SERVER, 1), ("451", SERVER, 1),
        ("500", SERVER, 3), ("502", SERVER, 3), ("503", SERVER, 3), ("504", SERVER, 3),
        ("599", SERVER, 3), ("600", SERVER, 3), ("999", SERVER, 3),
    ):
        yield Row(f"status {status} with a token", answer(good, status=f"{status} x"),
                  Fails(code, f"HTTP {status}"), requests)
        yield Row(f"status {status}, nothing in it", answer("", status=f"{status} x"),
                  Fails(code, f"HTTP {status}"), requests)
    for error, code in (
        ("invalid_client", DENIED), ("invalid_scope", DENIED), ("unsupported_grant_type", DENIED),
        ("invalid_grant", DENIED), ("server_error", DENIED),
    ):
        yield Row(f"400 {error}", answer({"error": error}, status="400 Bad Request"),
                  Fails(code, "HTTP 400", error))
    for body in (
        b"\xff\xfe", b"\x1f\x8b\x08", "<html>\x1b[2J</html>", "[]", '{"error":{}}', '{"error":""}',
        '{"error":"a\\"b"}', '{"error":"' + "e" * 65 + '"}', '{"error":"\\u001b[31m"}',
        '{"error_description":"\\u001b]0;x\\u0007"}', '{"error":"x","error":"y"}', "{" * 1000,
    ):
        yield Row(f"401 {body[:40]!r}", answer(body, status="401 x", content_type="text/html"),
                  Fails(DENIED, "HTTP 401"))
    long = {"error": "e", "error_description": "d" * 60000}
    yield Row("401 with a long description", answer(long, status="401 x"), Fails(DENIED, "ddd"))


def headers():
    body = _text(good_body(TOKEN))
    for kind in (
        None, "", "text/html", "text/json", "application/jsonp", "application/jsonx",
        "application/x-www-form-urlencoded", "application/xjson", "json", "application/",
        "application/+json", "application/json,text/html", "x/application/json", "*/*",
    ):
        yield Row(f"type {kind!r}", answer(body, content_type=kind),
                  Fails(SERVER, "HTTP 200", "Content-Type" if kind is None else "instead of JSON"))
    for kind in (
        "application/json", "APPLICATION/JSON", "application/json;charset=utf-8",
        "application/json ; a=b", "application/problem+json", "application/vnd.x+JSON; v=1",
    ):
        yield Row(f"type {kind!r}", answer(body, content_type=kind), Token(3599))
    for lines, verdict in (
        (["Content-Type: text/html"], Fails(SERVER, "two different Content-Types")),
        (["Content-Type: application/json"], Token(3599)),
        ([f"Content-Length: {len(body)}"], Token(3599)),
        ([f"Content-Length: {len(body) - 1}"], Fails(SERVER, "two different Content-Lengths")),
        (["Content-Length: 0"], Fails(SERVER, "two different Content-Lengths")),
        ([f"content-length: 0{len(body)}"], Fails(SERVER, "two different Content-Lengths")),
        (["X-Folded: a", " b"], Fails(SERVER, "folded")),
        (["X-Folded: a", "\tb"], Fails(SERVER, "folded")),
        (["no colon"], Fails(SERVER)), ([": nameless"], Fails(SERVER, "without a name")),
        (["X : space"], Fails(SERVER, "without a name")), (["X: a\rb"], Fails(SERVER, "control")),
        (["X: a\0b"], Fails(SERVER)), (["Set-Cookie: a=b; Domain=.example"], Token(3599)),
        (["Strict-Transport-Security: max-age=1", "Alt-Svc: h2=\":1\""], Token(3599)),
        (["Upgrade: h2c", "Connection: Upgrade"], Token(3599)),
        (["Link: <file:///etc/passwd>; rel=preload", "Refresh: 0; url=file:///x"], Token(3599)),
        (["Location: http://127.0.0.1:1/"], Token(3599)),
        (["Content-Encoding: identity"], Token(3599)),
        (["X: " + "x" * 60000], Token(3599)), (["X: " + "x" * 66000], Fails(SERVER, "64 KiB")),
        (["X: " + "x" * 1000000], Fails(SERVER)), ([f"X-{i}: 1" for i in range(97)], Token(3599)),
        ([f"X-{i}: 1" for i in range(99)], Fails(SERVER, "100 headers")),
        ([f"X-{i}: 1" for i in range(100000)], Fails(SERVER)),
        (["Retry-After: 100"], Token(3599)),
    ):
        yield Row(f"lines {lines[0][:40]!r} x {len(lines)}", answer(body, *lines), verdict)


def framing():
    body = _text(good_body(TOKEN))
    json_line = "Content-Type: application/json"
    head = f"HTTP/1.1 200 OK\r\n{json_line}\r\n".encode()
    chunk = f"{len(body):x}\r\n{body}\r\n0\r\n".encode()
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    sized = head + b"Content-Length: "
    raw = body.encode()
    cut = Fails(NETWORK, "within the answer")
    broken = Fails(SERVER)
    for name, data, verdict in (
        ("chunked", chunked + chunk + b"\r\n", Token(3599)),
        ("chunked, by bytes", chunked + b"".join(b"1\r\n%c\r\n" % c for c in raw) + b"0\r\n\r\n",
         Token(3599)),
        ("chunked with an extension", chunked + chunk.replace(b"\r\n", b";a=b\r\n", 1) + b"\r\n",
         Token(3599)),
        ("chunked with trailers", chunked + chunk + b"Content-Length: 1\r\nX: y\r\n\r\n",
         Token(3599)),
        ("chunked, no end", chunked + chunk[:-3], Fails(NETWORK)),
        ("chunked, size only", chunked + b"ff\r\n", Fails(NETWORK)),
        ("chunked, no number", chunked + b"zz\r\n" + raw, Fails(NETWORK)),
        ("chunked, negative", chunked + b"-5\r\n" + raw, Fails(NETWORK)),
        ("chunked, huge", chunked + b"f" * 16 + b"\r\n" + raw, Fails(NETWORK)),
        ("chunked, longer than any number", chunked + b"f" * 40 + b"\r\n", Fails(NETWORK)),
        ("chunked, empty", chunked + b"0\r\n\r\n", NOT_STRICT),
        ("chunked, with a length", head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
         + chunk + b"\r\n", Token(3599)),
        ("no length", head + b"\r\n" + raw, Token(3599)),
        ("no length, nothing", head + b"\r\n", NOT_STRICT),
        ("length short by one", sized + b"%d\r\n\r\n" % (len(raw) - 1) + raw, NOT_STRICT),
        ("length 0", sized + b"0\r\n\r\n" + raw, NOT_STRICT),
        ("length 1", sized + b"1\r\n\r\n" + raw, NOT_STRICT),
        ("length too long", sized + b"%d\r\n\r\n" % (len(raw) + 1) + raw, cut),
        ("length huge", sized + b"99999999999999999\r\n\r\n" + raw, cut),
        ("length 2^63", sized + b"9223372036854775808\r\n\r\n" + raw, broken),
        ("length 2^64+n", sized + b"18446744073709551617\r\n\r\n" + raw, broken),
        ("length -1", sized + b"-1\r\n\r\n" + raw, broken),
        ("length +n", sized + b"+%d\r\n\r\n" % len(raw) + raw, broken),
        ("length in hex", sized + b"0x%x\r\n\r\n" % len(raw) + raw, broken),
        ("length n, n", sized + b"%d, %d\r\n\r\n" % (len(raw), len(raw)) + raw, broken),
        ("length none", sized + b"\r\n\r\n" + raw, broken),
        ("more behind the length", sized + b"%d\r\n\r\n" % len(raw) + raw + b"HTTP/1.1 200 OK\r\n",
         Token(3599)),
        ("encoded again", head + b"Transfer-Encoding: gzip\r\n\r\n" + gzip.compress(raw),
         Fails(SERVER, "Transfer-Encoding")),
        ("encoded again and chunked", head + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk,
         Fails(SERVER, "Transfer-Encoding")),
        ("nested encodings", head + b"Transfer-Encoding: " + b"gzip, " * 200 + b"chunked\r\n\r\n",
         Fails(SERVER)),
        ("an encoding nobody knows", head + b"Transfer-Encoding: cow\r\n\r\n" + raw,
         Fails(SERVER)),
        ("encoding chunked twice", head + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + chunk,
         Fails(SERVER)),
        ("gzip in a body", answer(gzip.compress(raw), "Content-Encoding: gzip"), NOT_STRICT),
        ("deflate in a body", answer(zlib.compress(raw), "Content-Encoding: deflate"), NOT_STRICT),
        ("a gzip bomb", answer(gzip.compress(b" " * 50_000_000), "Content-Encoding: gzip"), NOT_STRICT),
        ("a bomb in the transfer", head + b"Transfer-Encoding: gzip\r\n\r\n"
         + gzip.compress(b" " * 50_000_000), Fails(SERVER)),
        ("LF only", (head + b"Content-Length: %d\r\n\r\n" % len(raw)).replace(b"\r", b"") + raw,
         Token(3599)),
        ("HTTP/1.0", (head + b"\r\n" + raw).replace(b"1.1", b"1.0", 1), Token(3599)),
        ("HTTP/0.9", raw, broken), ("nothing", b"", Fails(NETWORK, "without an answer")),
        ("one byte", b"H", Fails(NETWORK)), ("status line only", b"HTTP/1.1 200 OK\r\n", cut),
        ("head only", head, cut), ("HTTP/9.9", b"HTTP/9.9 200 OK\r\n\r\n" + raw, broken),
        ("no status", b"HTTP/1.1 \r\n\r\n" + raw, Fails(SERVER)),
        ("status 20", b"HTTP/1.1 20 OK\r\n\r\n" + raw, Fails(SERVER)),
        ("status 000", b"HTTP/1.1 000 OK\r\n\r\n" + raw, Fails(SERVER)),
        ("a space first", b" HTTP/1.1 200 OK\r\n\r\n" + raw, broken),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", broken),
        ("binary noise", bytes(range(256)) * 4, broken),
        ("100 only", b"HTTP/1.1 100 Continue\r\n\r\n", Fails(NETWORK)),
        ("101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + raw, Fails(NETWORK)),
        ("103, then a token", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" + answer(raw), Token(3599)),
        ("100 five thousand times", b"HTTP/1.1 100 Continue\r\n\r\n" * 5000 + answer(raw), Fails(SERVER)),
        ("102 with a type", b"HTTP/1.1 102 x\r\nContent-Type: application/json\r\n\r\n"
         + answer(raw, content_type="text/html"), Fails(SERVER, "instead of JSON")),
        ("two answers", answer("", status="401 x") + answer(raw), Fails(DENIED, "HTTP 401")),
    ):
        yield Row(name, data, verdict)
    for name, play, words in (
        ("an endless body", endless(head + b"\r\n", b" "), "64 KiB"),
        ("endless chunks", endless(chunked, b"1\r\n \r\n"), "64 KiB"),
        ("endless headers", endless(head, b"X: y\r\n"), ""),
        ("an endless header", endless(head + b"X: ", b"x"), ""),
        ("an endless status line", endless(b"HTTP/1.1 200 ", b"x"), ""),
        ("endless interim replies", endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), ""),
        ("endless trailers", endless(chunked + chunk, b"X: y\r\n"), ""),
        ("10 MB", answer(b" " * 10_000_000), "64 KiB"),
    ):
        yield Row(name, play, Fails(SERVER, words))


def all_rows():
    rows = []
    for group in (documents, tokens, lives, statuses, headers, framing):
        rows += group()
    return rows
