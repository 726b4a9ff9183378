"""A cached question in each protocol, as its tool asks, but for two. NuGet's is a dialogue of many
messages, each with an id that the other side has made; and netrc writes into nothing but a pipe.
"""

import json
import os
from dataclasses import dataclass, field

import world

DOOR = "https://door.example.com"
PROFILE = "door"
KUBERNETES = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
              "spec": {"interactive": False}}
CARGO = {"v": 1, "registry": {"index-url": f"sparse+{DOOR}/index/"}, "kind": "get", "operation": "read"}


@dataclass(frozen=True)
class Question:
    words: tuple  # after the program's name
    stdin: bytes = b""
    env: dict = field(default_factory=dict)

    @property
    def name(self):
        return self.words[0]


QUESTIONS = (
    Question(("git", "get"), f"protocol=https\nhost={DOOR.partition('//')[2]}\n\n".encode()),
    Question(("docker", "get"), DOOR.partition("//")[2].encode()),
    Question(("kubectl", PROFILE), env={"KUBERNETES_EXEC_INFO": json.dumps(KUBERNETES)}),
    Question(("cargo", "--cargo-plugin"), json.dumps(CARGO).encode() + b"\n"),
    Question(("keyring", "get", f"{DOOR}/simple/", "anybody")),
    Question(("askpass", f"Password for 'https://oauth2@{DOOR.partition('//')[2]}': ")),
    Question(("pnpm", PROFILE)),
    Question(("terraform", "get", DOOR.partition("//")[2])),
    Question(("goauth", DOOR)),
    Question(("vault", "--profile", PROFILE, "get")),
    Question(("headers", PROFILE)),
    Question(("reclient", PROFILE)),
    Question(("google", PROFILE),
             env={"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE": "urn:ietf:params:oauth:token-type:jwt",
                  "GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE": "0", "GOOGLE_EXTERNAL_ACCOUNT_REVOKE": "0"}),
    Question(("token", PROFILE)),
    Question(("header", PROFILE)),
)


def prepare(box, server):
    """The profile that they ask for. Each answer is right, and from the cache."""
    world.add_profile(box, server, PROFILE, DOOR)
    world.check_answer(box, server)
    asked = server.count
    for question in QUESTIONS:
        answer = box.keybearer(*question.words, stdin=question.stdin, env=question.env)
        if answer.status != 0 or not any(token.encode() in answer.stdout for token in server.issued):
            raise AssertionError(answer)
    if server.count != asked:
        raise AssertionError("an answer did not come from the cache")


def write_stdin(box, question):
    """The path of a file with what it reads."""
    path = box.path(f"stdin-{question.name}")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(question.stdin)
    return path
