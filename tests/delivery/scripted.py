"""A mail server that does what a test wrote down for it, good or bad, at every stage.

`says` holds what it answers at a stage, the first time, the second time and so on; after that it
behaves, as it does where "" is written. Beside replies such as "451 later" a test may write `DROP`
(hang up without a word), `SILENCE` (say nothing any more), or at the stage "end" `KEEP_AND_DROP`
(take the mail, and hang up). Stages: greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, body, end,
RSET.
"""

import socket
import ssl
from collections import Counter, defaultdict
from threading import Condition, Event, Thread

from tests.network import PATIENCE

DROP, SILENCE, KEEP_AND_DROP = "drop", "silence", "keep and drop"
PLAIN = ()
PIPELINED = ("PIPELINING", "SIZE 30000000")
CHUNKED = ("PIPELINING", "CHUNKING", "SIZE 30000000")
_GOOD = {
    "greeting": "220 scripted.example ready",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 welcome",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 receiver ok",
    "DATA": "354 go ahead",
    "body": "",
    "end": "250 2.0.0 kept",
    "RSET": "250 2.0.0 forgotten",
}


class HungUp(Exception):
    """The conversation is over."""


class ScriptedServer:
    """Listens on a free port until it is stopped; each conversation has a thread of its own."""

    def __init__(self, offers=PIPELINED, tls=None, at_once=1000):
        self.offers, self.at_once, self.delay = offers, at_once, 0.0
        self.tls, self.is_tls_from_the_start = tls, False
        self.says = defaultdict(list)
        self.takes_data_for_nobody = False
        self.refusals = {}  # what RCPT says to an address, always
        self.letters = []  # (receiver, octets) in the order in which they were kept
        self.heard = Counter()  # how often each stage came by
        self.connections = self.open_now = self.most_at_once = self.waiting_at_once = 0
        self.most_waiting = self.longest_group = 0
        self.gathers = 0  # until so many mails wait at once it keeps each of them waiting
        self.waits_for = lambda: True  # and until this has come true
        self.closing, self.silent = Event(), Event()
        self.change = Condition()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port = self._socket.getsockname()[1]
        self._threads = [Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    @property
    def kept(self):
        """How often each receiver got the mail."""
        return Counter(receiver for receiver, _ in self.letters)

    def word(self, stage):
        """What it says now at this stage."""
        with self.change:
            self.heard[stage] += 1
            self.change.notify_all()
            word = self.says[stage].pop(0) if self.says[stage] else ""
            return word or _GOOD.get(stage, "")

    def keep(self, receiver, octets):
        with self.change:
            self.letters.append((receiver, octets))
            self.change.notify_all()

    def dawdle(self):
        """Take the time that a slow relay takes for each mail."""
        with self.change:
            self.waiting_at_once += 1
            self.most_waiting = max(self.most_waiting, self.waiting_at_once)
            self.change.notify_all()
            self.change.wait_for(
                lambda: self.most_waiting >= self.gathers and self.waits_for(), PATIENCE
            )
        self.closing.wait(self.delay)
        with self.change:
            self.waiting_at_once -= 1

    def stop(self):
        self.closing.set()
        # A listening socket that is only closed goes on listening while a thread waits in it.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(timeout=30)

    def _listen(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._threads.append(Thread(target=self._converse, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _converse(self, connection):
        with self.change:
            self.connections += 1
            self.open_now += 1
            self.most_at_once = max(self.most_at_once, self.open_now)
            is_welcome = self.open_now <= self.at_once
        conversation = Conversation(self, connection)
        try:
            conversation.run(is_welcome)
        except (HungUp, OSError):
            pass
        finally:
            with self.change:
                self.open_now -= 1
            conversation.socket.close()


class Conversation:
    """One connection, command by command."""

    def __init__(self, server, connection):
        self.server, self.socket, self.buffer = server, connection, b""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0.2)
        self.receiver, self.has_sender = None, False

    def run(self, is_welcome):
        if self.server.is_tls_from_the_start:
            self.encrypt()
        if not is_welcome:
            self.send("421 4.7.0 too many connections")
            return
        self.reply("greeting")
        while True:
            command = self.line()
            verb = command.split(b" ")[0].upper().decode()
            getattr(self, f"hear_{verb}".lower(), self.hear_other)(command)

    def hear_ehlo(self, _command):
        word = self.server.word("EHLO")
        offers = list(self.server.offers)
        if self.server.tls and not isinstance(self.socket, ssl.SSLSocket):
            offers.append("STARTTLS")
        lines = ["scripted.example", *offers]
        marks = ["250-"] * (len(lines) - 1) + ["250 "]
        self.act(word or "\r\n".join(map(str.__add__, marks, lines)))

    def hear_helo(self, _command):
        self.act(self.server.word("EHLO") or "250 scripted.example")

    def hear_starttls(self, _command):
        if self.reply("STARTTLS").startswith("220"):
            self.encrypt()

    def hear_auth(self, _command):
        self.reply("AUTH")

    def hear_mail(self, _command):
        self.has_sender = self.reply("MAIL").startswith("250")

    def hear_rcpt(self, command):
        receiver = command.decode().partition("<")[2].partition(">")[0]
        if not self.has_sender:
            self.send("503 5.5.1 who is it from?")
        elif receiver in self.server.refusals:
            self.send(self.server.refusals[receiver])
        elif self.reply("RCPT").startswith("25"):
            self.receiver = receiver

    def hear_data(self, _command):
        if self.receiver is None and not self.server.takes_data_for_nobody:
            self.send("503 5.5.1 for whom is it?")
        elif self.reply("DATA").startswith("354"):
            self.interrupt()
            self.end(self.up_to_the_dot().replace(b"\r\n..", b"\r\n."))

    def up_to_the_dot(self):
        start = 0
        while True:
            if self.buffer.startswith(b".\r\n"):
                self.buffer = self.buffer[3:]
                return b""
            at = self.buffer.find(b"\r\n.\r\n", start)
            if at >= 0:
                octets, self.buffer = self.buffer[: at + 2], self.buffer[at + 5 :]
                return octets
            start = max(0, len(self.buffer) - 4)
            self.fetch()

    def hear_bdat(self, command):
        self.interrupt()
        size = int(command.split()[1])
        while len(self.buffer) < size:
            self.fetch()
        octets, self.buffer = self.buffer[:size], self.buffer[size:]
        if self.receiver is None:
            self.send("503 5.5.1 for whom is it?")
        else:
            self.end(octets)

    def interrupt(self):
        """Break off within the octets, where the test says so, with or without a word."""
        if word := self.server.word("body"):
            self.act(word)
            raise HungUp

    def end(self, octets):
        receiver, self.receiver, self.has_sender = self.receiver, None, False
        if receiver is None:
            self.send("554 5.5.1 for nobody")
            return
        self.server.dawdle()
        word = self.server.word("end")
        if word.startswith("250") or word == KEEP_AND_DROP:
            self.server.keep(receiver, octets)
        self.act(word)

    def hear_rset(self, _command):
        self.receiver, self.has_sender = None, False
        self.reply("RSET")

    def hear_quit(self, _command):
        self.send("221 2.0.0 goodbye")
        raise HungUp

    def hear_other(self, command):
        self.send(f"500 5.5.2 what is {command[:20]!r}?")

    def reply(self, stage):
        word = self.server.word(stage)
        self.act(word)
        return word

    def act(self, word):
        if word in (DROP, KEEP_AND_DROP):
            raise HungUp
        if word == SILENCE:
            self.server.silent.set()
            self.server.closing.wait(PATIENCE)
            raise HungUp
        if word:
            self.send(word)
        if word.startswith("421"):
            raise HungUp

    def send(self, words):
        self.socket.sendall(words.encode() + b"\r\n")

    def encrypt(self):
        self.socket.settimeout(PATIENCE)
        self.socket = self.server.tls.wrap_socket(self.socket, server_side=True)
        self.socket.settimeout(0.2)

    def line(self, keep_end=False):
        while b"\n" not in self.buffer:
            self.fetch()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n" if keep_end else line.strip()

    def fetch(self):
        while not self.server.closing.is_set():
            try:
                octets = self.socket.recv(65536)
            except TimeoutError:
                continue
            if not octets:
                raise HungUp
            self.buffer += octets
            with self.server.change:
                group = self.buffer[-500:].count(b"\r\nRCPT") + octets.count(b"\r\nDATA")
                self.server.longest_group = max(self.server.longest_group, group)
            return
        raise HungUp
