"""A screen that nobody sees, and somebody who answers the dialogs there."""

import contextlib
import os
import re
import subprocess

from harness import background, wait_until

PROGRAMS = ("Xvfb", "xdotool")
PATIENCE = 20  # for what is shown


class Screen:
    """Without a window manager: what is to have the keys is told so."""

    def __init__(self, box):
        self._box = box

    def _xdotool(self, *words):
        return subprocess.run(["xdotool", *words], env=self._box.environment(), capture_output=True,
                              text=True).stdout

    def find(self, title):
        return self._xdotool("search", "--onlyvisible", "--name", title).split()

    def dialogs(self):
        """All that is shown beside its main window, whatever it asks."""
        names = [self._xdotool("getwindowname", window).strip() for window in self.find(".")]
        return [name for name in names if not re.match("people.* - KeePassXC$", name)]

    def wait_for(self, title):
        wait_until(lambda: self.find(title), f"a dialog: {title}", PATIENCE)

    def answer(self, title, *steps):
        """Waits for the dialog, and until it is gone: STEPS are what xdotool does in it."""
        self.wait_for(title)
        wait_until(lambda: self._try(title, steps), f"it goes away: {title}", PATIENCE)

    def _try(self, title, steps):
        """Whether it is gone within a second: keys that come before it is ready are lost."""
        if windows := self.find(title):
            self._xdotool("windowfocus", "--sync", windows[0])
            for words in steps:
                self._xdotool(*words)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.find(title), title, 1)
            return True
        return False

    def enter(self, title, text):
        self.answer(title, ["key", "ctrl+a"], ["type", "--delay", "0", text], ["key", "Return"])

    def accept(self, title):
        self.answer(title, ["key", "Return"])

    def dismiss(self, title):
        self.answer(title, ["key", "Escape"])


@contextlib.contextmanager
def screen(box):
    reading, writing = os.pipe()
    program = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    with background(program, pass_fds=[writing], stderr=subprocess.DEVNULL):
        os.close(writing)
        with os.fdopen(reading) as told:
            box.env["DISPLAY"] = f":{told.readline().strip()}"
        yield Screen(box)
