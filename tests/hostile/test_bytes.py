"""A byte that somebody takes for the end of a line, or a terminal for an order.

Each stands once at every position of every value that a caller sends, to the installed
programs. Nobody is answered whom the request does not plainly name, an answer is the
protocol's own words and nothing else, and standard error stays printable.
"""

import json
import os
import re

from harness import main
from strangers import VICTIM, StrangersTest, sample

BYTES = [bytes([byte]) for byte in (*range(0x20), 0x7F, 0x85, 0x9B)]
CHARACTERS = [character.encode() for character in "\x85\u2028\u2029\u202e"]
# These end a line or a string for some reader, so no sample leaves them out.
LINE_ENDS = (b"\0", b"\n", b"\r")

GIT_LINES = (
    ("protocol", b"https"), ("host", VICTIM.encode()), ("path", b"team/a.git"),
    ("username", b"victim"), ("wwwauth[]", b"Basic realm=x"), ("capability[]", b"state"),
    ("future", b"x"),
)


def spoilt(value, one_in):
    """(position, byte, VALUE with it there): a sample, with more line ends than others."""
    others = [(at, byte) for at in range(len(value) + 1) for byte in BYTES + CHARACTERS
              if byte not in LINE_ENDS]
    ends = [(at, byte) for at in range(len(value) + 1) for byte in LINE_ENDS]
    for at, byte in sample(ends, 3) + sample(others, one_in):
        yield at, byte, value[:at] + byte + value[at:]


class GitTest(StrangersTest):
    ANSWER = re.compile(rb"username=[\x20-\x7e]+\npassword=([\x21-\x7e]+)\n"
                        rb"password_expiry_utc=[0-9]+\n")

    def request(self, spoilt_key, value, *more):
        lines = [*GIT_LINES, *more]
        return b"".join(key.encode() + b"=" + (value if key == spoilt_key else plain) + b"\n"
                        for key, plain in lines)

    def check_get(self, key, at, byte, value):
        result = self.assertTame(self.git(self.request(key, value)))
        self.assertEqual(0, result.status, result)
        owner = self.owner(result)
        if key in ("protocol", "host") and not (byte == b"\r" and value.endswith(byte)):
            self.assertSilent(result)
        if not owner:
            self.assertEqual(b"", result.stdout, result)
            return 0
        self.assertEqual("victim", owner)
        self.assertTrue(self.ANSWER.fullmatch(result.stdout), result)
        return 1

    def test_injected_get(self):
        answered = 0
        for key, plain in GIT_LINES:
            for at, byte, value in spoilt(plain, 23):
                with self.subTest(key=key, at=at, byte=byte):
                    answered += self.check_get(key, at, byte, value)
        self.assertGreater(answered, 4)  # in what git may decode, and in what is ignored

    def test_injected_a_host_behind_the_byte(self):
        """What CVE-2020-5260 and CVE-2024-50338 were: one line to the writer, two to the reader."""
        host = b"host=" + VICTIM.encode()
        for byte in (*BYTES, *CHARACTERS, b"\r\r", b"\n\r"):
            for key in (b"path", b"username", b"wwwauth[]", b"capability[]", b"future", b"host"):
                request = b"protocol=https\n" + key + b"=x" + byte + host + b"\n"
                with self.subTest(byte=byte, key=key):
                    result = self.assertTame(self.git(request))
                    if byte == b"\n" and key != b"host":  # then it is a line
                        self.assertEqual("victim", self.owner(result))
                        self.assertSilent(self.git(request + b"host=x\n"))
                    else:
                        self.assertSilent(result)
                        self.assertSilent(self.git(request, "erase"))
        self.assertEqual("victim", self.owner(self.box.keybearer("token", "victim")))

    def test_injected_store_and_erase(self):
        """Neither says a word, and no cached token goes for a request that is not plain."""
        password = ("password", self.tokens["victim"].encode())
        for key, plain in (*GIT_LINES[:2], password):
            for at, byte, value in spoilt(plain, 67):
                if at == len(plain) and byte in (b"\r", b"\n"):
                    continue  # a line may end so, and the last line is the password's
                for operation in ("store", "erase"):
                    with self.subTest(key=key, at=at, byte=byte, operation=operation):
                        self.assertSilent(self.git(self.request(key, value, password), operation))
        self.assertEqual("victim", self.owner(self.box.keybearer("token", "victim")))


class DockerTest(StrangersTest):
    WORDS = re.compile(rb"[\x20-\x7e]+\n")  # its errors are one line on stdout

    def test_injected_get_and_erase(self):
        for byte in BYTES + CHARACTERS:
            for address in (b"x.example" + byte + VICTIM.encode(), VICTIM.encode() + byte + b"/v2"):
                with self.subTest(address):
                    self.assertNotFound(self.docker(address))
        for at, byte, address in spoilt(VICTIM.encode(), 11):
            blank = byte in (b"\t", b"\n", b"\r") and at in (0, len(VICTIM))
            with self.subTest(at=at, byte=byte):
                result = self.docker(address)
                if blank:  # clients end the address with a newline
                    self.assertEqual("victim", self.owner(self.assertOk(result)))
                    self.assertEqual({"ServerURL", "Username", "Secret"}, set(result.json()))
                else:
                    self.assertNotFound(result)
                    erased = self.docker(address, "erase")
                    self.assertEqual((b"", b""), (erased.stdout, erased.stderr), erased)
        self.assertEqual("victim", self.owner(self.box.keybearer("token", "victim")))

    def test_injected_store(self):
        for member in ("ServerURL", "Username", "Secret"):
            for at, byte, value in spoilt(b"victim.example", 31):
                for spell in (bytes, escaped):
                    members = {"ServerURL": b"victim.example", "Username": b"u", "Secret": b"s"}
                    members[member] = spell(value)
                    text = b",".join(b'"%s":"%s"' % (name.encode(), text)
                                     for name, text in members.items())
                    with self.subTest(member=member, at=at, byte=byte):
                        result = self.assertTame(self.docker(b"{" + text + b"}", "store"))
                        self.assertIsNone(self.owner(result))
                        self.assertIn(result.status, (0, 1), result)
                        if result.stdout:
                            self.assertTrue(self.WORDS.fullmatch(result.stdout), result)


def escaped(value):
    """VALUE as JSON with every odd character escaped; bytes that are no UTF-8 as they are."""
    try:
        return json.dumps(value.decode())[1:-1].encode()
    except UnicodeDecodeError:
        return value


class GetTest(StrangersTest):
    def test_injected_uri(self):
        """Raw, which JSON forbids for most, and escaped, which it does not."""
        for at, byte, uri in spoilt(f"https://{VICTIM}/v1".encode(), 23):
            for spell in (bytes, escaped):
                with self.subTest(at=at, byte=byte, spell=spell.__name__):
                    self.assertDeclined(self.get_text(b'{"uri":"' + spell(uri) + b'"}'))

    def test_injected_other_members(self):
        """What is not ours to read changes nothing: an answer, or a refusal of the whole."""
        answered = 0
        for at, byte, value in spoilt(b"abc", 5):
            for text in (b'{"future":"%s","uri":"https://%s/"}', b'{"%s":1,"uri":"https://%s/"}'):
                for spell in (bytes, escaped):
                    result = self.assertTame(self.get_text(
                        text % (spell(value), VICTIM.encode())))
                    with self.subTest(at=at, byte=byte, text=text):
                        if result.status == 0:
                            self.assertEqual("victim", self.owner(result))
                            self.assertEqual({"headers", "expires"}, set(result.json()))
                            answered += 1
                        else:
                            self.assertDeclined(result)
        self.assertGreater(answered, 9)

    def test_injected_between_the_members(self):
        """Where white space may stand JSON's own is taken, and nothing else."""
        text = b'{"uri":"https://%s/"}' % VICTIM.encode()
        for at in (0, 1, 6, 7, len(text) - 1, len(text)):
            for byte in BYTES + CHARACTERS:
                with self.subTest(at=at, byte=byte):
                    result = self.get_text(text[:at] + byte + text[at:])
                    if byte in (b"\t", b"\n", b"\r"):
                        self.assertEqual("victim", self.owner(self.assertOk(result)))
                    else:
                        self.assertDeclined(self.assertTame(result))


class OperandTest(StrangersTest):
    """What a person, or a script that took it from a person, writes on the command line."""

    def spoilt(self, text, one_in):
        for at, byte, operand in spoilt(text.encode(), one_in):
            if byte != b"\0":  # no argument can hold it
                yield at, byte, os.fsdecode(operand)

    def test_injected_urls(self):
        for at, byte, url in self.spoilt(f"https://{VICTIM}/v1", 29):
            for verb in ("token", "header"):
                with self.subTest(verb=verb, at=at, byte=byte):
                    self.assertDeclined(self.assertTame(self.box.keybearer(verb, url)))

    def test_injected_names(self):
        commands = (("token",), ("header",), ("show",), ("status",), ("forget",), ("refresh",),
                    ("remove",), ("run",), ("get", "--profile"))
        for at, byte, name in self.spoilt("victim", 41):
            for command in commands:
                with self.subTest(command=command, at=at, byte=byte):
                    rest = ["--", "true"] if command == ("run",) else []
                    failed = self.assertTame(self.box.keybearer(
                        *command, name, *rest, stdin=b'{"uri":"https://%s/"}' % VICTIM.encode()))
                    self.assertNotEqual(0, failed.status, failed)
                    self.assertEqual(b"", failed.stdout, failed)
                    self.assertEqual(self.asked, self.server.count)
        for name in self.tokens:
            self.assertEqual(name, self.owner(self.box.keybearer("token", name)))

    def test_injected_words(self):
        """Commands, operations and options that nobody has."""
        for at, byte, word in self.spoilt("token", 7):
            for command in (["keybearer", word, "victim"], ["keybearer", "help", word],
                            ["git-credential-keybearer", word],
                            ["docker-credential-keybearer", word],
                            ["keybearer", "token", f"--{word}", "victim"]):
                with self.subTest(command=command):
                    said = self.assertTame(self.box.run(command))
                    self.assertIsNone(self.owner(said))
                    self.assertRegex(said.stdout, rb"\A[\x20-\x7e\n]*\Z")


if __name__ == "__main__":
    main()
