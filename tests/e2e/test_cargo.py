"""cargo itself, before a registry that wants a token for everything."""

import os

from cargo_registry import CRATE, VERSION, CargoRegistry
from harness import SandboxTest, main
from token_server import TokenServer, refused

PROVIDER = "cargo-credential-keybearer"


class CargoTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())
        self.registry = self.enterContext(CargoRegistry(self.accepts))
        self.scheme = "Bearer "
        for name in ("src", ".cargo"):
            os.mkdir(os.path.join(self.box.work, name))
        self.write("src/lib.rs", "")
        self.write("Cargo.toml", '[package]\nname = "app"\nversion = "0.1.0"\n'
                   f'[dependencies]\n{CRATE} = {{ version = "1", registry = "demo" }}\n')
        self.configure()

    def accepts(self, value):
        return value.startswith(self.scheme) and self.server.accepts(value.removeprefix(self.scheme))

    def write(self, name, text):
        with open(os.path.join(self.box.work, name), "w") as file:
            file.write(text)

    def configure(self, *words, others=""):
        provider = ", ".join(f'"{word}"' for word in (PROVIDER, *words))
        self.write(".cargo/config.toml", f'[registries.demo]\nindex = "{self.registry.index}"\n'
                   f"credential-provider = [{provider}]\n{others}")

    def add(self, name, *options, match=None):
        added = self.box.add_profile(
            name, self.server, "--match", match or f"{self.registry.origin}/index", *options)
        self.assertEqual(0, added.status, added)

    def cargo(self, *words, **options):
        return self.box.run(["cargo", "--color", "never", *words], **options)

    def fetch(self):
        return self.cargo("fetch", "--quiet")

    def assertFetched(self):
        fetched = self.assertOk(self.fetch())
        self.assertEqual(b"", fetched.stdout)
        with open(os.path.join(self.box.work, "Cargo.lock")) as file:
            self.assertIn(f'source = "{self.registry.index}"', file.read())


class ReadTest(CargoTest):
    def test_fetch(self):
        self.add("work")
        self.assertFetched()
        self.assertEqual({f"Bearer {self.server.token}"}, set(self.registry.brought))
        self.assertEqual(1, self.server.count)

    def test_a_token_without_a_known_life(self):
        """Nobody caches it between two calls, so cargo keeps it for the run: one more request."""
        self.server.lifetime = None
        self.add("work")
        asked = self.server.count
        self.assertFetched()
        self.assertEqual(asked + 1, self.server.count)

    def test_a_registry_that_wants_no_scheme(self):
        self.scheme = ""
        self.configure("--bare")
        self.add("work")
        self.assertFetched()
        self.assertEqual({self.server.token}, set(self.registry.brought))

    def test_two_profiles_need_a_name(self):
        self.add("work")
        self.add("other", "--same-address")
        failed = self.fetch()
        self.assertEqual(101, failed.status, failed)
        self.assertIn(b"profiles work, other match", failed.stderr)
        self.assertIn(b'"cargo-credential-keybearer", "--profile", "other"', failed.stderr)
        self.configure("--profile", "other")
        self.assertFetched()

    def test_a_profile_for_another_address(self):
        """Whose a registry is does not depend on the name in the project's configuration."""
        self.add("work", match="https://cargo.example.com")
        self.configure("--profile", "work")
        failed = self.fetch()
        self.assertEqual(101, failed.status, failed)
        self.assertIn(b"no credential providers could handle the request", failed.stderr)
        self.assertEqual([], self.registry.brought)

    def test_what_is_not_ours_is_left_to_the_next_provider(self):
        self.add("work", match="https://cargo.example.com")
        self.box.secret("token-of-cargo's-own")
        self.scheme, self.server.accepts = "", lambda token: token == "token-of-cargo's-own"
        self.write(".cargo/config.toml", f'[registries.demo]\nindex = "{self.registry.index}"\n'
                   f'[registry]\nglobal-credential-providers = ["cargo:token", "{PROVIDER}"]\n')
        fetched = self.cargo("fetch", "--quiet",
                             env={"CARGO_REGISTRIES_DEMO_TOKEN": "token-of-cargo's-own"})
        self.assertOk(fetched)

    def test_cargo_shows_why_there_is_no_token(self):
        self.add("work")
        self.assertEqual(0, self.box.keybearer("forget", "work").status)
        self.server.behave(lambda request: refused())
        failed = self.fetch()
        self.assertEqual(101, failed.status, failed)
        self.assertIn(b"refused the client: HTTP 401", failed.stderr)
        self.assertIn(b"(hint: ", failed.stderr)

    def test_a_wrong_option_in_the_configuration(self):
        self.configure("--profil", "work")
        self.add("work")
        failed = self.fetch()
        self.assertEqual(101, failed.status, failed)
        self.assertIn(b"unknown option --profil (hint: did you mean --profile?)", failed.stderr)


class ChangeTest(CargoTest):
    def test_yank(self):
        self.add("work")
        self.assertEqual(0, self.cargo("yank", "--registry", "demo", f"{CRATE}@{VERSION}").status)
        self.assertEqual([f"/api/v1/crates/{CRATE}/{VERSION}/yank"], self.registry.changes)

    def test_logout_drops_the_token(self):
        self.add("work")
        self.assertFetched()
        before = self.server.token
        done = self.cargo("logout", "--registry", "demo")
        self.assertEqual(0, done.status, done)
        self.assertNotEqual(before, self.box.keybearer("token", "work").text)

    def login(self, token):
        return self.cargo("login", "--registry", "demo", stdin=token.encode())

    def test_a_login_that_is_not_kept_fails(self):
        self.add("work")
        self.box.secret("jane's-own-token")
        done = self.login("jane's-own-token\n")
        self.assertEqual(101, done.status, done)
        self.assertIn(b"nothing was stored, and no login is needed: profile work serves", done.stderr)

    def test_a_login_to_a_host_without_a_profile(self):
        done = self.login("jane's-own-token\n")
        self.assertEqual(101, done.status, done)
        self.assertIn(b"no credential providers could handle the request", done.stderr)


if __name__ == "__main__":
    main("cargo", "rustc")
