"""What the library needs to write a mail: made once, not for each mail."""

from email.message import EmailMessage

from eventsapp.mail.quoting import POLICY


def test_mails_share_what_is_made_for_a_header():
    one, other = EmailMessage(policy=POLICY), EmailMessage(policy=POLICY)
    one["Subject"], other["Subject"] = "Overleg", "Verslag"
    one["To"] = "petra@gemeente.example"

    assert type(one["Subject"]) is type(other["Subject"])
    assert type(one["Subject"]) is not type(one["To"])
    assert (str(one["Subject"]), str(other["Subject"])) == ("Overleg", "Verslag")
