"""terraform's credentials helper: a client by its rules, and terraform itself where it is installed.

Client is written from the protocol's page and from terraform-svchost's helper_program.go: the
program comes from ~/.terraform.d/plugins, its own arguments stand first, and whatever goes wrong
in `get` means that there is no token.
"""

import json
import os
import ssl
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from certificates import Authority
from harness import BIN, CONFIG, FAILED, SandboxTest, find_program, main
from token_server import TokenServer, refused

HELPER = "terraform-credentials-keybearer"
HOST = "tf.example.com"


class Client:
    def __init__(self, box, *args):
        self.box, self.args = box, args
        self.program = install(box)

    def run(self, verb, host, stdin=b"", **options):
        return self.box.run([self.program, *self.args, verb, host], stdin=stdin, **options)

    def get(self, host):
        """The token, or None."""
        result = self.run("get", host)
        if result.status:
            return None
        answer = json.loads(result.stdout)
        if not set(answer) <= {"token"}:
            raise ValueError(answer)
        return answer.get("token")

    def store(self, host, token):
        return self.run("store", host, json.dumps({"token": token}).encode())

    def forget(self, host):
        return self.run("forget", host)


def install(box):
    """The link that the manual page names."""
    folder = os.path.join(box.home, ".terraform.d", "plugins")
    os.makedirs(folder, exist_ok=True)
    link = os.path.join(folder, HELPER)
    if not os.path.lexists(link):
        os.symlink(os.path.join(BIN, HELPER), link)
    return link


class TerraformTest(SandboxTest):
    def setUp(self):
        super().setUp()
        self.server = self.enterContext(TokenServer())

    def add(self, name, *options, match=f"https://{HOST}"):
        added = self.box.add_profile(name, self.server, "--match", match, *options)
        self.assertEqual(0, added.status, added)


class ProtocolTest(TerraformTest):
    def test_get(self):
        self.add("work")
        client = Client(self.box)
        for host in (HOST, f"{HOST}:443"):
            self.assertEqual(self.server.token, client.get(host))
            self.assertOk(client.run("get", host))
        self.assertEqual(1, self.server.count)

    def test_what_is_not_ours_is_no_failure(self):
        self.add("work")
        self.add("part", match="https://part.example.com/team")
        client = Client(self.box)
        for host in (f"{HOST}:8443", "example.com", "part.example.com", "a b"):
            result = client.run("get", host)
            self.assertEqual((0, b"{}\n"), (result.status, result.stdout))
            self.assertIn(b"terraform names a host" if " " in host else b"no profile serves", result.stderr)
            self.assertEqual(b"", self.assertOk(client.forget(host)).stdout)

    def test_a_named_profile(self):
        self.add("work")
        self.add("other", "--same-address")
        self.assertIsNone(Client(self.box).get(HOST))  # it would be a guess
        client = Client(self.box, "--profile=other")
        self.assertEqual(self.server.token, client.get(HOST))
        self.assertIsNone(client.get("elsewhere.example.com"))

    def test_another_profile_has_a_part_of_the_host(self):
        """terraform would send the first one's token there, too, unless the person names it."""
        self.add("part", match=f"https://{HOST}/team")
        self.add("work")
        client = Client(self.box)
        self.assertIsNone(client.get(HOST))
        self.assertFails(client.run("get", HOST), CONFIG, "another profile has a part of it")
        self.assertEqual(self.server.token, Client(self.box, "--profile=work").get(HOST))

    def test_forget_drops_the_token(self):
        self.add("work")
        client = Client(self.box)
        before = client.get(HOST)
        self.assertEqual(b"", self.assertOk(client.forget(HOST)).stdout)
        self.assertNotEqual(before, client.get(HOST))

    def test_store_keeps_nothing(self):
        self.add("work")
        client = Client(self.box)
        self.box.secret("jane's-own-token")
        for host in (HOST, "elsewhere.example.com"):
            self.assertFails(client.store(host, "jane's-own-token"), FAILED, "nothing was stored")
        self.assertEqual(b"", self.assertOk(client.store(HOST, client.get(HOST))).stdout)

    def test_store_is_answered_once_it_is_whole(self):
        self.add("work")
        words = b'{"token": "jane\'s-own-token"}'
        self.box.secret("jane's-own-token")
        for host in (HOST, "elsewhere.example.com"):
            refused_ = self.box.run_with_open_end([HELPER, "store", host], words)
            self.assertFails(refused_, FAILED, "nothing was stored")
        ours = json.dumps({"token": Client(self.box).get(HOST)}).encode()
        self.assertOk(self.box.run_with_open_end([HELPER, "store", HOST], ours))

    def test_a_failure(self):
        self.add("work")
        self.assertEqual(0, self.box.keybearer("forget", "work").status)
        self.server.behave(lambda request: refused())
        client = Client(self.box)
        result = client.run("get", HOST)
        self.assertFails(result, result.status, "refused the client: HTTP 401")
        self.assertIsNone(client.get(HOST))

    def test_standard_input_of_get_is_left_alone(self):
        self.add("work")
        answer = self.box.run_with_open_end([HELPER, "get", HOST], b"")
        self.assertEqual({"token": self.server.token}, self.assertOk(answer).json())


@unittest.skipUnless(find_program("terraform"), "terraform is not installed")
class ProgramTest(TerraformTest):
    """A registry of modules, on TLS, that wants our token; the archive's address gets none."""

    def setUp(self):
        super().setUp()
        folder = self.box.path("tls")
        os.mkdir(folder)
        authority = Authority(folder)
        self.registry = self.enterContext(Registry(authority.good(), self.server.accepts))
        archive = self.box.path("module.tar.gz")
        with open(self.box.path("main.tf"), "w") as file:
            file.write('output "x" { value = 1 }\n')
        subprocess.run(["tar", "-C", self.box.root, "-czf", archive, "main.tf"], check=True)
        with open(archive, "rb") as file:
            self.registry.archive = file.read()
        with open(os.path.join(self.box.work, "main.tf"), "w") as file:
            file.write(f'module "m" {{\n  source = "{self.registry.host}/ns/m/demo"\n'
                       '  version = "1.0.0"\n}\n')
        with open(os.path.join(self.box.home, ".terraformrc"), "w") as file:
            file.write('credentials_helper "keybearer" {\n  args = ["--profile=work"]\n}\n')
        self.box.env.update(SSL_CERT_FILE=authority.ca_file, CHECKPOINT_DISABLE="1")
        install(self.box)

    def test_init(self):
        self.add("work", match=f"https://{self.registry.host}")
        done = self.box.run(["terraform", "init", "-no-color"])
        self.assertEqual(0, done.status, done)
        self.assertEqual({self.server.token}, set(self.registry.brought))

    def test_a_profile_for_another_host(self):
        self.add("work")
        done = self.box.run(["terraform", "init", "-no-color"])
        self.assertNotEqual(0, done.status, done)
        self.assertEqual([], self.registry.brought)

    def test_logout(self):
        self.add("work", match=f"https://{self.registry.host}")
        before = self.box.keybearer("token", "work").text
        done = self.box.run(["terraform", "logout", "-no-color", self.registry.host])
        self.assertEqual(0, done.status, done)
        self.assertNotEqual(before, self.box.keybearer("token", "work").text)


class Registry:
    def __init__(self, certificate, accepts):
        self.accepts, self.brought, self.archive = accepts, [], b""
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._httpd.daemon_threads = True
        self._httpd.owner = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._httpd.socket = context.wrap_socket(self._httpd.socket, server_side=True)
        self.host = "127.0.0.1:%d" % self._httpd.server_address[1]
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._httpd.shutdown()
        self._thread.join()
        self._httpd.server_close()

    def answer(self, path):
        """Status, headers and page."""
        if path == "/.well-known/terraform.json":
            return 200, {"Content-Type": "application/json"}, b'{"modules.v1":"/v1/modules/"}'
        if path == "/archive.tar.gz":
            return 200, {}, self.archive
        if path.endswith("/versions"):
            page = {"modules": [{"versions": [{"version": "1.0.0"}]}]}
            return 200, {"Content-Type": "application/json"}, json.dumps(page).encode()
        return 204, {"X-Terraform-Get": f"https://{self.host}/archive.tar.gz"}, b""


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        owner = self.server.owner
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token:
            owner.brought.append(token)
        is_open = not self.path.startswith("/v1/")
        status, headers, page = owner.answer(self.path)
        if not is_open and not owner.accepts(token):
            status, headers, page = 401, {}, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


if __name__ == "__main__":
    main("openssl")
