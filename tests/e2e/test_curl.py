"""curl calls a protected address with the header from a pipe."""

from harness import SandboxTest, main
from token_server import TokenServer


class CurlTest(SandboxTest):
    def test_a_header_that_opens_the_door(self):
        server = self.enterContext(TokenServer())
        added = self.box.add_profile("work", server)
        self.assertEqual(0, added.status, added)
        pipe = f"keybearer header work | curl -sS -f -H @- {server.origin}/api/accounts"
        answer = self.assertOk(self.box.run(["sh", "-c", pipe]))
        self.assertEqual({"success": True}, answer.json())
        server.revoke(server.token)
        self.assertNotEqual(0, self.box.run(["sh", "-c", pipe]).status)


if __name__ == "__main__":
    main("curl")
