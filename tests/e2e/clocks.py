"""Clocks that a test sets, for all that it starts: the helpers, too.

The program runs in a mount namespace whose /etc/ld.so.preload shifts wall time and time since
boot of whatever is started there, itself included, by two numbers in a file
(tests/load/shifted_clock.c).
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile

from harness import SKIP_STATUS

SHIM = os.environ.get("KB_TEST_CLOCK", "")
SHIFT = os.environ.get("KB_CLOCK_SHIFT")  # set once we are in the namespace
COVER_ETC = ('mount -t overlay -o "lowerdir=$1:/etc" overlay /etc || exit 77; '
             'shift; exec "$@"')


def set_clocks(wall=0, boot=0):
    """Seconds by which the clocks differ from the machine's."""
    with open(SHIFT, "r+b") as file:
        file.write(struct.pack("=qq", wall, boot))


def enter():
    """
    Runs this program again where the clocks can be set, and ends with its status; within it,
    does nothing. Returns why that is not possible here, or None.
    """
    if SHIFT:
        return None
    if not SHIM:
        return "KB_TEST_CLOCK names no library that sets it"
    if os.environ.get("KB_TEST_SLOW"):
        return "a sanitizer wants to be loaded first"
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        return "no mount namespace can be made here"
    place = tempfile.mkdtemp(prefix="kb-clock-")
    try:
        status = _run_again(place, unshare)
    finally:
        shutil.rmtree(place)
    if status == SKIP_STATUS:
        return "/etc cannot be covered in a namespace here"
    sys.exit(status)


def _run_again(place, unshare):
    layer, shift = os.path.join(place, "etc"), os.path.join(place, "shift")
    os.mkdir(layer, 0o755)
    with open(shift, "wb") as file:
        file.write(bytes(16))
    with open(os.path.join(layer, "ld.so.preload"), "w") as file:
        file.write(SHIM + "\n")
    os.symlink(shift, os.path.join(layer, "keybearer-test-clock"))
    again = [*unshare, "sh", "-c", COVER_ETC, "sh", layer, sys.executable, "-B", *sys.argv]
    return subprocess.run(again, env={**os.environ, "KB_CLOCK_SHIFT": shift}).returncode
