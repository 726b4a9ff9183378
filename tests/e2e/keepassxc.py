"""KeePassXC as the Secret Service of a sandbox."""

import base64
import contextlib
import subprocess
import uuid

from harness import background, wait_until
from keyring import Keyring

PASSWORD = "database password"

# A database whose root group is what the Secret Service shows: only an XML file can say so.
GROUP_ID = b"0123456789abcdef"
DATABASE = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<KeePassFile>
  <Meta>
    <Generator>KeePassXC</Generator>
    <DatabaseName>people</DatabaseName>
    <RecycleBinEnabled>True</RecycleBinEnabled>
    <CustomData>
      <Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{group}</Value></Item>
    </CustomData>
  </Meta>
  <Root><Group><UUID>{id}</UUID><Name>Passwords</Name></Group></Root>
</KeePassFile>
"""

SETTINGS = """\
[General]
ConfigVersion=2
UpdateCheckMessageShown=true

[GUI]
CheckForUpdates=false

[FdoSecrets]
Enabled=true
ShowNotification=false
ConfirmAccessItem={confirm}
UnlockBeforeSearch={search}
"""

COLLECTION = "/org/freedesktop/secrets/collection/people"
UNLOCK = "Unlock Database"
ACCESS = "Access Request"


def _run_cli(box, *words):
    """It asks for the password, of a new database twice."""
    return subprocess.run(
        ["keepassxc-cli", *words], check=True, input=f"{PASSWORD}\n{PASSWORD}\n", text=True,
        capture_output=True, env=box.environment({"QT_QPA_PLATFORM": "offscreen"})).stdout


def make_database(box):
    """Its path."""
    draft, path = box.path("people.xml"), box.path("people.kdbx")
    group = f"{{{uuid.UUID(bytes=GROUP_ID)}}}"
    with open(draft, "w") as file:
        file.write(DATABASE.format(group=group, id=base64.b64encode(GROUP_ID).decode()))
    _run_cli(box, "import", "-q", "-t", "100", "-p", draft, path)
    return path


def entries(box, database):
    return _run_cli(box, "ls", "-q", "-R", "-f", database).splitlines()


@contextlib.contextmanager
def keepassxc(box, database, opened=True, confirm=True, search=True):
    """On the session's bus and screen. CONFIRM and SEARCH are its two settings, true by default there, too."""
    settings = box.path("keepassxc.ini")
    with open(settings, "w") as file:
        file.write(SETTINGS.format(confirm=str(confirm).lower(), search=str(search).lower()))
    program = ["keepassxc", "--config", settings, "--localconfig", box.path("keepassxc-local.ini")]
    program += ["--pw-stdin", database] if opened else [database]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    service = Keyring(box)
    with background(program, stdin=subprocess.PIPE, env=box.environment(), **quiet) as process:
        if opened:
            process.stdin.write(f"{PASSWORD}\n".encode())
        process.stdin.close()
        wanted = f"boolean {str(not opened).lower()}"
        wait_until(lambda: wanted in is_locked(service), "KeePassXC answers")
        yield process


def is_locked(service):
    names = ["string:org.freedesktop.Secret.Collection", "string:Locked"]
    return service.call(COLLECTION, "org.freedesktop.DBus.Properties.Get", *names).stdout
