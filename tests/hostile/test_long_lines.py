"""A host hidden behind padding, whatever buffer the padding was made for.

The installed programs, through a pipe; tests/unit/proto/test_hostile_lines.c does the same
with every length inside the protocols' code.
"""

import fcntl
import os
import subprocess
import termios
import threading

from harness import BIN, PATIENCE, USAGE, main, need_proc, wait_until
from strangers import OTHER, VICTIM, StrangersTest, sample

LINE_MAX = 128 << 10
INPUT_MAX = 1 << 20
PAD_MAX = 200_000


def pads(before):
    """Lengths around every power of two, the same less the BEFORE bytes that a key takes."""
    powers = [1 << k for k in range(18)]
    near = {power - part + step for power in powers for part in (0, before)
            for step in range(-2, 3)}
    return sorted(pad for pad in near | {PAD_MAX} if 0 < pad <= PAD_MAX)


class LongLinesTest(StrangersTest):
    def request(self, key, pad, edge="", end="\n", neighbour=True):
        lines = f"protocol=https\n{key}{'x' * pad}{edge}host={VICTIM}{end}"
        return lines + (f"host={OTHER}\n" if neighbour else "")

    def test_long_line_git(self):
        """A server chooses what stands in wwwauth[], a repository what stands in path."""
        for key in ("wwwauth[]=", "path="):
            for pad in sample(pads(len(key)), 2):
                fits = len(key) + pad + len(f"host={VICTIM}") <= LINE_MAX
                for end in ("\n", "\r\n"):
                    with self.subTest(key=key, pad=pad, end=end):
                        result = self.git(self.request(key, pad, end=end))
                        if key == "wwwauth[]=" and fits:
                            self.assertEqual("neighbour", self.owner(self.assertOk(result)))
                        else:
                            self.assertNotEqual("victim", self.owner(result))
                with self.subTest(key=key, pad=pad):
                    self.assertSilent(self.git(self.request(key, pad, edge="\r")))
                    self.assertSilent(self.git(self.request(key, pad, neighbour=False)))

    def test_long_line_erase(self):
        """The tail of a line empties no cache either."""
        password = f"password={self.tokens['victim']}\n"
        for pad in sample(pads(len("wwwauth[]=")), 5):
            request = self.request("wwwauth[]=", pad, neighbour=False) + password
            self.assertSilent(self.git(request, "erase"))
        self.assertEqual("victim", self.owner(self.box.keybearer("token", "victim")))

    def test_long_line_docker_and_get(self):
        for pad in sample(pads(0), 4):
            with self.subTest(pad):
                for edge in ("", "\n", "\r\n", " "):
                    self.assertNotFound(self.docker("x" * pad + edge + VICTIM))
                padding = "x" * pad
                answered = self.get_text(
                    f'{{"uri":"https://{OTHER}/","{padding}":"https://{VICTIM}/"}}')
                self.assertEqual("neighbour", self.owner(self.assertOk(answered)))
                self.assertDeclined(self.get_text(
                    f'{{"uri":"https://{OTHER}/","{padding}":"","uri":"https://{VICTIM}/"}}'))
                self.assertDeclined(self.get(f"https://{padding}{VICTIM}/"))

    def test_long_line_operands(self):
        """The longest argument that the kernel takes is 128 KiB less one."""
        for pad in (*sample(pads(0)[:-12], 4), LINE_MAX - 100):
            for verb in ("token", "header"):
                for operand in (f"https://{'x' * pad}{VICTIM}/", "victim" + "x" * pad):
                    with self.subTest(verb=verb, pad=pad):
                        self.assertDeclined(self.box.keybearer(verb, operand))


class OpenInputTest(StrangersTest):
    """Callers that never close what they write into."""

    def start(self, words):
        process = subprocess.Popen(
            [f"{BIN}/{words[0]}", *words[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.box.environment(), cwd=self.box.work)
        self.addCleanup(end, process)
        return process

    CALLS = (["git-credential-keybearer", "get"], ["docker-credential-keybearer", "get"],
             ["docker-credential-keybearer", "store"], ["keybearer", "get"])

    def test_long_line_a_request_without_end_is_refused_as_it_comes(self):
        """More than 1 MiB is not read, and its end is not waited for."""
        for words in self.CALLS:
            with self.subTest(words):
                process = self.start(words)
                writer = threading.Thread(target=pour, args=(process.stdin, INPUT_MAX + 1))
                writer.start()
                status = process.wait(PATIENCE)
                writer.join(PATIENCE)
                stdout, stderr = process.stdout.read(), process.stderr.read()
                if words[0].startswith("git"):
                    self.assertEqual((0, b"", b""), (status, stdout, stderr))
                elif words[0].startswith("docker"):
                    self.assertEqual((1, b""), (status, stderr))
                    self.assertRegex(stdout, rb"\Akeybearer: there are more than 1048576 bytes")
                else:
                    self.assertEqual((USAGE, b""), (status, stdout))
                    self.assertIn(b"more than 1048576 bytes", stderr)
                self.assertEqual(self.asked, self.server.count)

    def test_long_line_an_open_request_is_waited_for_and_nothing_is_said(self):
        """A caller's own request is the one wait without a deadline: no answer, no request
        to the server and no lock before its end, and the answer comes with the end."""
        need_proc(self)
        process = self.start(["git-credential-keybearer", "get"])
        process.stdin.write(f"protocol=https\nhost={VICTIM}\n".encode())
        process.stdin.flush()
        wait_until_read(process)
        self.assertIsNone(process.poll())
        self.assertEqual("victim", self.owner(self.box.keybearer("token", "victim")))
        stdout, stderr = process.communicate(timeout=PATIENCE)
        self.assertIn(self.tokens["victim"].encode(), stdout)
        self.assertEqual(b"", stderr)

    def test_long_line_a_caller_that_goes_away_ends_the_wait(self):
        for words in self.CALLS:
            process = self.start(words)
            process.stdin.close()
            process.stdin = None
            self.assertIsNotNone(process.wait(PATIENCE))
            self.assertNotIn(self.tokens["victim"].encode(), process.stdout.read())


def pour(pipe, count):
    """COUNT bytes into a pipe that is then left open."""
    try:
        while count:
            count -= os.write(pipe.fileno(), b"x" * min(count, 4096))
    except BrokenPipeError:
        pass


def wait_until_read(process):
    """Until PROCESS has read all that was written to it, and sleeps for more."""
    def sleeps():
        left = bytearray(4)
        fcntl.ioctl(process.stdin, termios.FIONREAD, left)
        with open(f"/proc/{process.pid}/stat") as file:
            return not any(left) and file.read().rpartition(")")[2].split()[0] == "S"

    wait_until(sleeps, "the request was read", PATIENCE)


def end(process):
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


if __name__ == "__main__":
    main()
