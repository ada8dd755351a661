"""The same edition with Django and django-post_office, as its manual says: queue, then send queued.

`bench/mail_runs.py` runs this file in a throw-away virtual environment that has both; nothing of
the product is in it. Prints how many mails a second were sent.
"""

import json
import sys
import tempfile
from time import monotonic

import django
from django.conf import settings
from django.core.management import call_command

AT_ONCE = 500


def main() -> None:
    """Queue so many mails of this size, send them with two threads, print the rate."""
    port, readers, size = (int(one) for one in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as folder:
        settings.configure(
            SECRET_KEY="bench",  # noqa: S106 - nothing is secret here
            INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
            DATABASES={
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": f"{folder}/bench.db",
                }
            },
            DEFAULT_AUTO_FIELD="django.db.models.AutoField",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
            POST_OFFICE={
                "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
                "DEFAULT_PRIORITY": "medium",
                "THREADS_PER_PROCESS": 2,
                "BATCH_SIZE": AT_ONCE,
            },
            USE_TZ=True,
        )
        django.setup()
        call_command("migrate", verbosity=0)
        queue(readers, size)
        begin = monotonic()
        sent = send()
        print(json.dumps({"sent": sent, "rate": sent / (monotonic() - begin)}))


def queue(readers: int, size: int) -> None:
    """Put the mails in the queue."""
    from post_office import mail

    html = (
        "<p>" + "Nieuws uit de regio, en wat er verder te doen is. <br>\n" * (size // 52) + "</p>"
    )
    for begin in range(0, readers, AT_ONCE):
        mail.send_many(
            [
                {
                    "sender": "programma@samen.example",
                    "recipients": [f"lezer{number}@raad.example"],
                    "subject": "Nieuws uit de regio",
                    "message": f"Beste lezer {number}",
                    "html_message": f"<p>Beste lezer {number}</p>{html}",
                }
                for number in range(begin, min(begin + AT_ONCE, readers))
            ]
        )


def send() -> int:
    """Send all that is queued."""
    from post_office.mail import send_queued
    from post_office.models import STATUS, Email

    while Email.objects.filter(status=STATUS.queued).exists():
        send_queued(processes=1, log_level=1)
    return Email.objects.filter(status=STATUS.sent).count()


if __name__ == "__main__":
    main()
