"""A real Dovecot for tests: a process of its own on 127.0.0.1, in a temporary folder."""

import contextlib
import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.network import GATE
from tests.ports import kept_port

PASSWORD = "geheim-voor-de-test"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
listen = 127.0.0.1
protocols = imap
ssl = no
disable_plaintext_auth = no
default_login_user = {account}
default_internal_user = {account}
default_internal_group = {group}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
first_valid_uid = 0
first_valid_gid = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = .
  prefix = INBOX.
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


@dataclass
class Postbox:
    """One mailbox on the server; its mails are files in a Maildir."""

    name: str
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Give the setting that names this mailbox."""
        return self.url_by(self.port)

    def url_by(self, port: int, password: str = PASSWORD) -> str:
        """Give a setting that leads to this mailbox by another way, or with another password."""
        return f"imap://{self.name}:{password}@127.0.0.1:{port}?starttls=never"

    def put(self, *mails: bytes) -> None:
        """Deliver mails as a mail server would: a file each, in `new`."""
        for part in ("cur", "new", "tmp"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        known = len(list((self.folder / "new").iterdir()))
        for number, octets in enumerate(mails, known):
            (self.folder / "new" / f"{1_800_000_000 + number}.{number}.test").write_bytes(octets)
        if os.getuid() == 0:
            account = _account()
            for path in [self.folder, *self.folder.iterdir(), *(self.folder / "new").iterdir()]:
                os.chown(path, account.pw_uid, account.pw_gid)

    def lying_in(self, folder: str = "") -> int:
        """Count the mails of a folder; "" is where mail arrives."""
        place = self.folder / folder
        return sum(len(list((place / part).glob("*"))) for part in ("cur", "new"))


@dataclass
class Dovecot:
    """A running IMAP server; whoever signs in with the password has a mailbox there."""

    folder: Path
    port: int

    def postbox(self) -> Postbox:
        """Open an empty mailbox."""
        name = f"post{len(list((self.folder / 'mail').iterdir()))}"
        postbox = Postbox(name, self.folder / "mail" / name, self.port)
        postbox.put()
        return postbox


def _account() -> pwd.struct_passwd:
    """Give whom the server runs as: root is refused by Dovecot as owner of mail."""
    return pwd.getpwnam("nobody" if os.getuid() == 0 else getpass.getuser())


@contextmanager
def running_dovecot(folder: Path) -> Iterator[Dovecot]:
    """Run a Dovecot until the block ends."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
    assert program, "Debian's dovecot-imapd is missing: run `deploy/debian_packages.sh test`"
    with kept_port() as port:
        yield from _run(program, Dovecot(folder, port))


def _run(program: str, server: Dovecot) -> Iterator[Dovecot]:
    folder = server.folder
    account = _account()
    config = CONFIG.format(
        folder=folder,
        port=server.port,
        account=account.pw_name,
        group=grp.getgrgid(account.pw_gid).gr_name,
        uid=account.pw_uid,
        gid=account.pw_gid,
        password=PASSWORD,
    )
    (folder / "dovecot.conf").write_text(config)
    (folder / "mail").mkdir()
    (folder / "mail").chmod(0o755)
    process = subprocess.Popen([program, "-F", "-c", str(folder / "dovecot.conf")])
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        process.kill()
        process.wait(timeout=60)


def _wait_for(server: Dovecot, process: "subprocess.Popen[bytes]") -> None:
    """Wait until it answers, as long as a busy machine may need."""
    GATE.open.add(server.port)  # it is started before the test that asks for it
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", server.port), timeout=5) as line,
        ):
            line.settimeout(20)
            if line.recv(100).startswith(b"* OK"):
                return
    log = server.folder / "dovecot.log"
    raise AssertionError(f"Dovecot does not answer: {log.read_text() if log.exists() else ''}")
