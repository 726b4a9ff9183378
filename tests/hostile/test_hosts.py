"""Requests that name too little, and hosts that look like ours.

The table says for each spelling which of the protocols may answer, and for whom. Exactly
those do; the others say "not mine" in their own way.
"""

from itertools import product

from harness import main
from strangers import OTHER, PROTOCOLS, URLS as ALL_URLS, VICTIM, StrangersTest, git_request

EVERY, NONE = frozenset(PROTOCOLS), frozenset()
URLS = frozenset(ALL_URLS)
DOCKER = frozenset(("docker",))
NO_FRAGMENT = URLS - {"kubectl"}  # kubectl's is never one of ours

V6 = "[2001:db8::1]"

# What stands where a host belongs: for git after host=, for docker alone, for the others
# behind https://. Who answers, and with which profile's token.
HOSTS = [
    # the listed tuples, and the only canonicalisation there is
    (VICTIM, EVERY, "victim"),
    (OTHER, EVERY, "neighbour"),
    (f"{VICTIM}:443", EVERY, "victim"),
    ("VICTIM.EXAMPLE", EVERY, "victim"),
    ("Victim.Example:443", EVERY, "victim"),
    (f"{VICTIM}:8443", EVERY, "neighbour"),
    ("192.0.2.7", EVERY, "victim"),
    (V6, EVERY, "victim"),
    ("[2001:DB8::1]", EVERY, "victim"),
    (f"{V6}:443", EVERY, "victim"),
    ("xn--bcher-kva.example", EVERY, "victim"),
    # suffix, prefix, neighbours in the tree
    (f"{VICTIM}.attacker.example", NONE, None),
    (f"{VICTIM}attacker.example", NONE, None),
    (f"not{VICTIM}", NONE, None),
    (f"not-{VICTIM}", NONE, None),
    (f"www.{VICTIM}", NONE, None),
    (f"{VICTIM}.{VICTIM}", NONE, None),
    ("example", NONE, None),
    ("victim", NONE, None),
    ("victim.exampl", NONE, None),
    ("victim.examplee", NONE, None),
    ("ictim.example", NONE, None),
    ("victim-example", NONE, None),
    ("victimXexample", NONE, None),
    ("victim..example", NONE, None),
    # dots, wildcards, patterns
    (f"{VICTIM}.", NONE, None),
    (f"{VICTIM}.:443", NONE, None),
    (f".{VICTIM}", NONE, None),
    ("*.example", NONE, None),
    ("*", NONE, None),
    ("v*m.example", NONE, None),
    (".*", NONE, None),
    ("victim.e[x]ample", NONE, None),
    (f"{VICTIM}|{OTHER}", NONE, None),
    (f"{VICTIM},{OTHER}", NONE, None),
    (f"{VICTIM};{OTHER}", NONE, None),
    (f"{VICTIM}&{OTHER}", NONE, None),
    # user information
    (f"user@{VICTIM}", NONE, None),
    (f"user:password@{VICTIM}", NONE, None),
    (f"@{VICTIM}", NONE, None),
    (f":@{VICTIM}", NONE, None),
    (f"{VICTIM}@attacker.example", NONE, None),
    (f"{VICTIM}:443@attacker.example", NONE, None),
    (f"attacker.example@{VICTIM}", NONE, None),
    (f"attacker.example:443@{VICTIM}", NONE, None),
    (f"{VICTIM}%40attacker.example", NONE, None),
    (f"attacker.example%40{VICTIM}", NONE, None),
    # escapes
    (f"{VICTIM}%00", NONE, None),
    (f"{VICTIM}%00.attacker.example", NONE, None),
    (f"attacker.example%00{VICTIM}", NONE, None),
    ("victim%2eexample", NONE, None),
    ("%76ictim.example", NONE, None),
    (f"{VICTIM}%2f", NONE, None),
    (f"attacker.example%2f{VICTIM}", NONE, None),
    (f"attacker.example%23@{VICTIM}", NONE, None),
    (f"{VICTIM}%3a443", NONE, None),
    (f"{VICTIM}%0a", NONE, None),
    (f"{VICTIM}%0d%0ahost={OTHER}", NONE, None),
    (f"{VICTIM}%20", NONE, None),
    (f"{VICTIM}%", NONE, None),
    # ports
    (f"{VICTIM}:", NONE, None),
    (f"{VICTIM}:0", NONE, None),
    (f"{VICTIM}:00443", NONE, None),
    (f"{VICTIM}:0443", NONE, None),
    (f"{VICTIM}:443:443", NONE, None),
    (f"{VICTIM}::443", NONE, None),
    (f"{VICTIM}:444", NONE, None),
    (f"{VICTIM}:44", NONE, None),
    (f"{VICTIM}:4433", NONE, None),
    (f"{VICTIM}:80", NONE, None),
    (f"{VICTIM}:65536", NONE, None),
    (f"{VICTIM}:65979", NONE, None),  # 443 + 65536
    (f"{VICTIM}:4294967739", NONE, None),  # 443 + 2^32
    (f"{VICTIM}:18446744073709552059", NONE, None),  # 443 + 2^64
    (f"{VICTIM}:+443", NONE, None),
    (f"{VICTIM}:-1", NONE, None),
    (f"{VICTIM}: 443", NONE, None),
    (f"{VICTIM}:0x1bb", NONE, None),
    (f"{VICTIM}:https", NONE, None),
    (f"{VICTIM}:443a", NONE, None),
    (f"{VICTIM}:٤٤٣", NONE, None),
    (":443", NONE, None),
    # IPv4 in other words: 192.0.2.7 is ours
    ("3221225991", NONE, None),
    ("0xc0000207", NONE, None),
    ("192.0.519", NONE, None),
    ("192.519", NONE, None),
    ("0300.0.2.7", NONE, None),
    ("0xc0.0.2.7", NONE, None),
    ("192.0.2.07", NONE, None),
    ("192.0.2.007", NONE, None),
    ("192.0.2.7.", NONE, None),
    ("192.0.2.263", NONE, None),
    ("192.0.2.7.192.0.2.7", NONE, None),
    ("192.0.2", NONE, None),
    ("192.0.2.70", NONE, None),
    ("192。0。2。7", NONE, None),
    ("[192.0.2.7]", NONE, None),
    ("[::ffff:192.0.2.7]", NONE, None),
    # IPv6
    ("2001:db8::1", NONE, None),
    ("[2001:db8::1", NONE, None),
    ("2001:db8::1]", NONE, None),
    ("[2001:db8::1]]", NONE, None),
    ("[[2001:db8::1]]", NONE, None),
    ("[2001:db8::1%25eth0]", NONE, None),
    ("[2001:db8::1%eth0]", NONE, None),
    ("[2001:db8::1]x", NONE, None),
    (f"[2001:db8::1].{VICTIM}", NONE, None),
    ("[2001:db8::1]:", NONE, None),
    ("[2001:db8::1]:0", NONE, None),
    ("[2001:db8::11]", NONE, None),
    ("[2001:db8::]", NONE, None),
    ("[v1.2001:db8::1]", NONE, None),
    ("[]", NONE, None),
    (f"[{VICTIM}]", NONE, None),
    # letters that only look alike, and what IDNA would make of them
    ("victіm.example", NONE, None),  # Cyrillic
    ("ｖictim.example", NONE, None),  # full width
    ("victim。example", NONE, None),  # ideographic full stop
    ("victim．example", NONE, None),
    ("victim.ex\u00adample", NONE, None),  # soft hyphen
    ("vict\u0131m.example", NONE, None),  # dotless i
    ("VICT\u0130M.EXAMPLE", NONE, None),
    ("victim.e\u200bxample", NONE, None),
    ("bücher.example", NONE, None),
    ("xn--bcher-kva.example.", NONE, None),
    ("xn--victm-0fg.example", NONE, None),
    ("\ufeffvictim.example", NONE, None),
    # separators that some other reader would take for the end
    (f"{VICTIM}\\", NONE, None),
    (f"{VICTIM}\\@attacker.example", NONE, None),
    (f"attacker.example\\@{VICTIM}", NONE, None),
    (f"attacker.example\\.{VICTIM}", NONE, None),
    (f"{VICTIM}\tx", NONE, None),
    (f"{VICTIM}\t.attacker.example", NONE, None),
    (f"{VICTIM} attacker.example", NONE, None),
    (f"vic\ttim.example", NONE, None),
    (f"{VICTIM}#attacker.example", NONE, None),
    (f"attacker.example#{VICTIM}", NONE, None),
    (f"attacker.example#@{VICTIM}", NONE, None),
    (f"attacker.example?{VICTIM}", NONE, None),
    (f"attacker.example/{VICTIM}", NONE, None),
    (f"attacker.example/https://{VICTIM}", NONE, None),
    (f"attacker.example/@{VICTIM}", NONE, None),
    (f"attacker.example?@{VICTIM}", NONE, None),
    (f"//{VICTIM}", NONE, None),
    (f"/{VICTIM}", NONE, None),
    (f"///{VICTIM}", NONE, None),
    (f"'{VICTIM}'", NONE, None),
    (f'"{VICTIM}"', NONE, None),
    (f"${{HOST}}{VICTIM}", NONE, None),
    (f"-{VICTIM}", NONE, None),
    (f"{VICTIM}-", NONE, None),
    # white space around it: docker's clients end the address with a newline, so that is cut
    (f" {VICTIM}", DOCKER, "victim"),
    (f"{VICTIM} ", DOCKER, "victim"),
    (f"\t{VICTIM}", DOCKER, "victim"),
    # behind the host: a path to those that know one
    (f"{VICTIM}/", URLS | DOCKER, "victim"),
    (f"{VICTIM}.git", NONE, None),
    (f"{VICTIM}/.git", URLS | DOCKER, "victim"),
    (f"{VICTIM}//attacker.example", URLS | DOCKER, "victim"),
    (f"{VICTIM}/@attacker.example", URLS | DOCKER, "victim"),
    (f"{VICTIM}/..", DOCKER, "victim"),
    (f"{VICTIM}/%2e%2e/x", DOCKER, "victim"),
    (f"{VICTIM}/..%2f{OTHER}", DOCKER, "victim"),
    (f"{VICTIM}/x#y", NO_FRAGMENT | DOCKER, "victim"),
    (f"{VICTIM}/x\\y", DOCKER, "victim"),
    (f"{VICTIM}/%00", DOCKER, "victim"),
    (f"{VICTIM}?x=y", URLS, "victim"),
    (f"{VICTIM}?@attacker.example", URLS, "victim"),
]

SCHEMES = [
    "http", "HTTP", "ftp", "ssh", "git", "file", "ws", "wss", "https+git", "https:", "https ",
    " https", "httpss", "http+s", "h", "", "javascript", "data", "https\t", "https://https",
    "grpc", "sparse+http", "HTTPſ", "smtp", "smtps", "imap", "imaps",
]


class HostsTest(StrangersTest):
    matches = {
        "victim": (f"https://{VICTIM}", "https://192.0.2.7", f"https://{V6}",
                   "https://xn--bcher-kva.example"),
        "neighbour": (f"https://{OTHER}", f"https://{VICTIM}:8443"),
    }

    def ask(self, protocol, host):
        if protocol == "git":
            return self.git(git_request(host))
        if protocol == "docker":
            return self.docker(host)
        if protocol == "terraform":
            return self.terraform(host)
        return self.url(protocol, f"https://{host}")

    def test_lookalike_hosts(self):
        self.assertGreaterEqual(len(HOSTS), 150)
        for (host, answered_by, profile), protocol in product(HOSTS, PROTOCOLS):
            with self.subTest(host=host, protocol=protocol):
                result = self.ask(protocol, host)
                if protocol in answered_by:
                    self.assertEqual(profile, self.owner(self.assertOk(result)), result)
                else:
                    self.assertRefused(protocol, result)

    def test_lookalike_a_remembered_match_is_the_same_match(self):
        """The second call finds what the first remembered; spellings must not share it."""
        for host, answered_by, profile in HOSTS[:40]:
            for _ in range(2):
                with self.subTest(host=host):
                    result = self.ask("git", host)
                    self.assertEqual(profile if "git" in answered_by else None, self.owner(result))

    def test_lookalike_schemes(self):
        for scheme, protocol in product(SCHEMES, ("git", *ALL_URLS)):
            with self.subTest(scheme=scheme, protocol=protocol):
                self.assertRefused(protocol, self.git(git_request(VICTIM, scheme)) if protocol == "git"
                                   else self.url(protocol, f"{scheme}://{VICTIM}/"))
        for scheme in ("HTTPS", "Https", "hTTPs"):
            self.assertEqual("victim", self.owner(self.git(git_request(VICTIM, scheme))))

    def test_lookalike_docker_schemes(self):
        """docker's clients write https:// in any case, or nothing; any other is no address of ours."""
        for address in ("ftp://", "https:/", "https:", "https:///", "oci://", "ssh://",
                        "http://", "HTTP://", "httpS:/"):
            with self.subTest(address):
                self.assertNotFound(self.docker(f"{address}{VICTIM}"))
        for address in (VICTIM, f"https://{VICTIM}", f"HTTPS://{VICTIM}", f"https://{VICTIM}:443/v2/"):
            self.assertEqual("victim", self.owner(self.docker(address)))
        for port in (80, 443):
            self.assertNotFound(self.docker(f"http://{VICTIM}:{port}/v2/"))

    def test_lookalike_a_password_in_an_address_is_not_repeated(self):
        self.box.secret("hunter2-long-enough")
        for address in ("user:hunter2-long-enough@victim.example/",
                        "hunter2-long-enough@victim.example/", "victim.example#hunter2-long-enough",
                        "u:p/x#hunter2-long-enough@victim.example/",
                        "victim.example/\\?x=hunter2-long-enough", ":hunter2-long-enough@",
                        "u:p/hunter2-long-enough@victim.example/"):
            for protocol in ALL_URLS:
                with self.subTest(address=address, protocol=protocol):
                    refused = self.url(protocol, f"https://{address}")
                    self.assertRefused(protocol, refused)
                    self.assertNotIn(b"hunter2", refused.stderr + refused.stdout)
            misplaced = self.box.keybearer("get", f"https://{address}")
            self.assertDeclined(misplaced)
            self.assertNotIn(b"hunter2", misplaced.stderr)

    def test_lookalike_erase_drops_nothing_of_ours(self):
        """What is no address of ours must not empty our cache either."""
        for host, answered_by, _ in HOSTS:
            if "git" not in answered_by:
                self.assertSilent(self.git(git_request(host), "erase"))
            if "docker" not in answered_by:
                self.assertEqual(b"", self.docker(host, "erase").stdout.replace(
                    b"credentials not found in native keychain\n", b""))
        for name, token in self.tokens.items():
            self.assertEqual(token, self.box.keybearer("token", name).text)
        self.assertEqual(self.asked, self.server.count)


class PathsTest(StrangersTest):
    """A path narrows a match at '/' only, and nothing climbs out of it."""

    matches = {"victim": (f"https://{VICTIM}/team",), "neighbour": (f"https://{VICTIM}",)}

    PATHS = [
        ("team", "victim"), ("team/", "victim"), ("team/a.git", "victim"), ("team//x", "victim"),
        ("", "neighbour"), ("teams", "neighbour"), ("tea", "neighbour"), ("team.git", "neighbour"),
        ("TEAM", "neighbour"), ("team%2fx", "neighbour"), ("x/team", "neighbour"),
        ("/team", "neighbour"), ("team%00", None), ("team/..", None), ("team/../x", None),
        ("team/%2e%2e/x", None), ("team/.%2E/x", None), ("./team", None), ("x/../team", None),
        ("team/..;/x", None), ("team\\x", None), ("team/..\\x", None), ("team/%5c..%5cx", None),
        ("x;/../team", None), ("team/..%2fx", None), ("te am", None), ("team\x01", None),
        ("team#", "victim"), ("team#/../x", "victim"), ("teams#/team", "neighbour"), ("team%", None), ("team%4", None), ("team%zz", None), ("tëam", None),
    ]

    def test_lookalike_paths(self):
        for (path, profile), protocol in product(self.PATHS, ALL_URLS):
            with self.subTest(path=path, protocol=protocol):
                result = self.url(protocol, f"https://{VICTIM}/{path}")
                if profile and ("#" not in path or protocol in NO_FRAGMENT):
                    self.assertEqual(profile, self.owner(self.assertOk(result)))
                else:
                    self.assertRefused(protocol, result)

    def test_lookalike_paths_as_git_decodes_them(self):
        for path, profile in (
            ("team", "victim"), ("team/a b.git", "victim"), ("/team", "victim"),
            ("team/%2e%2e/x", "victim"),  # git has decoded: this is a name with percent signs
            ("teams", "neighbour"), ("team%2fx", "neighbour"), ("team\\x", "neighbour"),
            ("team/..", None), ("../team", None), ("team/../x", None), ("team/.", None),
            ("team/..;x", None), ("team/..;/x", None), ("team\\..\\x", None), ("team\x01", None),
        ):
            with self.subTest(path=path):
                result = self.git(git_request(VICTIM, path=path))
                if profile:
                    self.assertEqual(profile, self.owner(self.assertOk(result)))
                else:
                    self.assertSilent(result)


class NamedProfileTest(StrangersTest):
    """--profile chooses among those that serve the address; it adds no address."""

    def test_lookalike_a_profile_does_not_serve_another_host(self):
        for host in (OTHER, "attacker.example", f"{VICTIM}.", f"{VICTIM}:444"):
            self.assertSilent(self.git(git_request(host), "get", "--profile", "victim"))
            refused = self.box.keybearer(
                "get", "--profile", "victim", stdin=f'{{"uri":"https://{host}/"}}'.encode())
            self.assertDeclined(refused)
        self.assertEqual("victim", self.owner(
            self.git(git_request(VICTIM), "get", "--profile", "victim")))

    def test_lookalike_names_that_are_no_profile(self):
        for name in ("", "victi", "VICTIM", "victim ", "victim\n", "../victim", "victim/x", "*",
                     "victim\x1b", "-", "victim,neighbour", "%s%n", "v" * 5000):
            with self.subTest(name):
                failed = self.git(git_request(VICTIM), "get", "--profile", name)
                self.assertIsNone(self.owner(failed))
                self.assertNotEqual(b"", failed.stderr)
                for verb in ("token", "header"):
                    failed = self.box.keybearer(verb, "--", name)
                    self.assertNotEqual(0, failed.status)
                    self.assertIsNone(self.owner(failed))


class UnderSpecifiedTest(StrangersTest):
    """Nothing that leaves out whom it asks for is answered, even with nothing cached."""

    REQUESTS = [
        "", "\n", "\n\n", "=\n", "=", "protocol=https\n", f"host={VICTIM}\n",
        "protocol=https\nhost=\n", f"protocol=\nhost={VICTIM}\n", "protocol=\nhost=\n",
        "protocol\nhost\n", f"protocol=https\nhost\n", "protocol=https\npath=team/a.git\n",
        "path=team/a.git\n", f"username=victim\n", "username=victim\npassword=x\n",
        f"url=https://{VICTIM}/\n", f"url=https://{VICTIM}/\nprotocol=https\n",
        "capability[]=authtype\n", f"wwwauth[]=Bearer\nprotocol=https\n",
        f"protocol=https\nhosts={VICTIM}\n", f"protocol=https\nHost={VICTIM}\n",
        f"PROTOCOL=https\nhost={VICTIM}\n", f"protocol=https\n host={VICTIM}\n",
        f"protocol=https\nhost ={VICTIM}\n", f"protocol=https\nhost[]={VICTIM}\n",
        f"protocol=https\nhost= {VICTIM}\n", f"protocol=https\n\nhost={VICTIM}\n",
        f"\nprotocol=https\nhost={VICTIM}\n", f"protocol=https\nhost={VICTIM}\nhost={VICTIM}\n",
        f"protocol=https\nhost={OTHER}\nhost={VICTIM}\n", f"protocol=https\nhost=\nhost={VICTIM}\n",
        f"protocol=https\nprotocol=https\nhost={VICTIM}\n", f"protocol=https host={VICTIM}\n",
        f"protocol=https&host={VICTIM}\n", f'{{"protocol":"https","host":"{VICTIM}"}}\n',
        f"protocol=https\nhost={VICTIM}\nnonsense\n", "protocol=https\nhost=:443\n",
        "protocol=https\nhost=.\n", "protocol=https\nhost=/\n", "protocol=https\nhost=*\n",
    ]

    def setUp(self):
        super().setUp()
        for name in self.matches:
            self.assertOk(self.box.keybearer("forget", name))

    def test_vague_git(self):
        for request in self.REQUESTS:
            for operation in ("get", "erase", "store"):
                with self.subTest(request=request, operation=operation):
                    self.assertSilent(self.git(request, operation))

    def test_vague_docker(self):
        for address in ("", " ", "\n", "\r\n\t "):
            for action in ("get", "erase"):
                with self.subTest(address=address, action=action):
                    said = self.docker(address, action)
                    self.assertEqual((1, b"no credentials server URL\n", b""),
                                     (said.status, said.stdout, said.stderr))
        for address in ("/", "//", "https://", "http://", "https:///", ":", ":443", "@", "[", "[]",
                        "https://:443", "https:///v2/", "/v2/", "?", "#", ".", "..", "*", "unused"):
            with self.subTest(address):
                self.assertNotFound(self.docker(address))

    def test_vague_get_and_token(self):
        for url in ("https://", "https:///", "https://:443/", "https://@/", "https:///v1", "://",
                    "https://?", "https://#", "https://.", "https://*", "//victim.example/",
                    "victim.example", "/v1", "", "https:", "https:/victim.example/"):
            with self.subTest(url):
                self.assertDeclined(self.get(url))
                if "://" in url:
                    self.assertDeclined(self.url("token", url))
                    self.assertDeclined(self.url("header", url))

    def test_vague_nobody_is_named_and_there_are_two(self):
        for verb in ("token", "header"):
            self.assertDeclined(self.box.keybearer(verb))


if __name__ == "__main__":
    main()
