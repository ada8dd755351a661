"""A process that is measured: queues an edition, sends it, or sends it the usual way.

`bench/mail_runs.py` starts it with a task, waits for "ready", and says "go". What a sender of the
product does not load is loaded here by who needs it only, so that memory is that of a sender.
"""

from __future__ import annotations

import json
import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from sqlalchemy import select

from config import Settings
from eventsapp.app import create_worker
from eventsapp.core import heap
from eventsapp.core.db import db
from eventsapp.mail import claims, delivery, due, judging, mime, rendering
from eventsapp.mail.compose import compose_template
from eventsapp.mail.models import Message


def settings_for(task: dict[str, Any]) -> Settings:
    """Give the settings of a product that sends to the sink."""
    folder = Path(task["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "dkim.pem"
    if task["signed"] and not key.exists():
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return Settings(
        mode="demo",
        data_dir=folder,
        database_url=task["database"].replace("postgresql+psycopg:", "postgresql:"),
        smtp_url=f"smtp://127.0.0.1:{task['port']}?starttls=never",
        dkim_key=key.read_text() if task["signed"] else "",
        dkim_selector="bench" if task["signed"] else "",
        engine=task.get("engine", "embedded"),
        log_level="error",
    )


def prepare(task: dict[str, Any]) -> dict[str, float]:
    """Put an edition in the outbox, or time how long that takes."""
    from flask_migrate import upgrade

    from bench import readers

    upgrade()
    if task["do"] == "race":
        return readers.race(task["readers"], task["rounds"])
    return readers.queue(task["readers"])


def send(worker: str) -> dict[str, float]:
    """Deliver until nothing is due."""
    sent = 0
    while due.has_due(delivery.BULK):
        db.session.rollback()
        sent += delivery.deliver(worker, lane=delivery.BULK).sent
    db.session.rollback()
    return {"sent": sent}


def usual(port: int) -> dict[str, float]:
    """Build, send and commit each mail by itself, over a kept connection."""
    sent = 0
    numbers = list(db.session.scalars(select(Message.id).where(Message.state == "queued")))
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in numbers:
            row = db.session.get_one(Message, number)
            values = {**row.mailing.data, **row.data}
            made = compose_template(row.template, row.language, values)
            mail = EmailMessage()
            mail["From"], mail["To"] = row.mailing.sender_address, row.address
            mail["Subject"], mail["Message-ID"] = made.subject, row.message_id
            mail.set_content(made.text)
            mail.add_alternative(made.html, subtype="html")
            smtp.send_message(mail)
            row.state = "sent"
            db.session.commit()
            sent += 1
    return {"sent": sent}


def weigh() -> dict[str, float]:
    """Give the octets of one mail."""
    claimed = claims.claim("bench", delivery.BULK, claims.Places(), 1)
    ready, _ = judging.judge(claimed)
    octets = mime.build(rendering.single(ready[0]))
    db.session.rollback()
    return {"octets": len(octets)}


def main() -> None:
    """Do the task, and print what it took."""
    task = json.loads(sys.argv[1])
    app = create_worker(settings_for(task))
    with app.app_context():
        if task["do"] == "send" or task["do"] == "usual":
            if task["do"] == "send":
                send(task["worker"])
                heap.settle()  # as a sender does when it starts
            print("ready", flush=True)
            if sys.stdin.readline() != "go\n":
                return  # who started it has gone
            begun, busy = monotonic(), process_time()
            done = send(task["worker"]) if task["do"] == "send" else usual(task["port"])
            done |= {"begun": begun, "ended": monotonic(), "cpu": process_time() - busy}
        else:
            print("ready", flush=True)
            done = weigh() if task["do"] == "weigh" else prepare(task)
    print(json.dumps({**done, "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """Give the most memory that this process ever had.

    What `getrusage` says is no less than what its parent had when it was started.
    """
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
