"""What tests of the lane hold in hand: a scripted server, and a way to send to it."""

from collections import Counter
from contextlib import contextmanager
from threading import Event, Thread

from eventsapp.core.settings import MailServer
from eventsapp.mail.smtp import ServerAway
from eventsapp.mail.wire import Envelope, Fate, Lane
from tests.network import PATIENCE

SENDER = "programma@samen.example"
OCTETS = b"Subject: Dag\r\nFrom: programma@samen.example\r\n\r\nTot dan.\r\n"


class Sending:
    """Sends numbered mails and writes down what was said of each."""

    def __init__(self, server):
        self.server = server
        self.security, self.user, self.timeout = "never", "", PATIENCE
        self.begun, self.outcomes, self.taken, self.fault = [], [], 0, None
        self.gives_up_on_silence = False

    def forget(self):
        """Begin anew, server and all."""
        self.server.says.clear()
        self.server.letters.clear()
        self.server.refusals = {}
        self.begun, self.outcomes, self.taken, self.fault = [], [], 0, None

    def ended(self, outcome):
        self.outcomes.append(outcome)

    def addresses(self, count):
        return [f"lid{number}@raad.example" for number in range(count)]

    def relay(self):
        return MailServer(
            "127.0.0.1", self.server.port, self.user, "geheim", security=self.security
        )

    @contextmanager
    def opened(self, connections=1):
        with Lane(self.relay(), connections, timeout=self.timeout) as lane:
            yield lane

    def envelopes(self, addresses, pieces, is_stuffed):
        for number, address in enumerate(addresses):
            self.taken += 1
            yield Envelope(number, SENDER, address, pieces, is_stuffed)

    def send(self, count, connections=1, pieces=(OCTETS,), is_stuffed=False, to=None):
        """Send so many mails; give how many had which fate."""
        return self._send(self.addresses(count), connections, pieces, is_stuffed, to)

    def send_to(self, address):
        """Send one mail; give what was said of it."""
        self._send([address], 1, (OCTETS,), False, None)
        return self.outcomes[0]

    def _send(self, addresses, connections, pieces, is_stuffed, to):
        before = len(self.outcomes)
        envelopes = self.envelopes(addresses, pieces, is_stuffed)
        if to is not None:
            to.send(envelopes, self.begun.append, self.outcomes.append)
        else:
            with self.opened(connections) as lane, self._hurried(lane):
                try:
                    lane.send(envelopes, self.begun.append, self.outcomes.append)
                except ServerAway as fault:
                    self.fault = fault
        return Counter(outcome.fate for outcome in self.outcomes[before:])

    @contextmanager
    def _hurried(self, lane):
        """Let the wait run out for the one connection on which the server has fallen silent.

        A short wait for all replies would, on a busy machine, end conversations that go well.
        """
        done = Event()

        def hurry():
            silent = ()
            while not done.wait(0.02):
                if self.server.silent.is_set():
                    silent = silent or tuple(lane._talks)
                for talk in silent:
                    talk.deadline = 0.0

        thread = Thread(target=hurry, daemon=True)
        if self.gives_up_on_silence:
            thread.start()
        yield
        done.set()
        if self.gives_up_on_silence:
            thread.join(PATIENCE)

    def check(self):
        """Every mail that was taken ended once, and no fate says what is not so."""
        assert Counter(one.id for one in self.outcomes) == Counter(range(self.taken))
        kept = self.server.kept
        for one in self.outcomes:
            times = kept[f"lid{one.id}@raad.example"]
            assert times <= 1, one
            assert one.fate is not Fate.SENT or times == 1, one
            assert one.fate in (Fate.SENT, Fate.UNKNOWN) or times == 0, one
            assert times == 0 or one.id in self.begun, one
