"""Sending an edition: who gets it, what is frozen, and how it is taken back, held and stopped."""

from datetime import date
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import Subscription
from eventsapp.core.actor import SYSTEM
from eventsapp.core.audit import AuditEntry
from eventsapp.core.errors import Conflict, Forbidden
from eventsapp.core.settings import keep
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters import clicks, sending
from eventsapp.newsletters.models import ArchivePage, Edition, SignOff
from tests.factories import actor_of, make_person, make_theme
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader

TEXT = '<p>Lees <a href="https://gids.example/" rel="noopener">de gids</a>.</p>'


def sign_off(session, edition, by):
    edition.status = "signed_off"
    session.add(
        SignOff(edition_id=edition.id, content_version=edition.content_version, by_person_id=by)
    )
    session.flush()


@pytest.fixture
def story(cast, transaction, freeze, settings):
    """An edition that Kees signed off; Riet reads about Noord, Joop about Zuid, Ans about both."""
    freeze("2027-03-01 09:00")
    with transaction() as session:
        newsletter = make_newsletter(sender_name="Samen", reply_to="redactie@samen.example")
        theme = make_theme("Wonen")
        riet = make_person("Riet Bos", "riet@raad.example")
        joop = make_person("Joop Vos", "joop@raad.example", language="en")
        ans = make_person("Ans Kok", "ans@raad.example")
        number = newsletter.id
        make_reader(riet, number, regions=[cast.noord], themes=[theme])
        make_reader(joop, number, regions=[cast.zuid])
        make_reader(ans, number, regions=[cast.noord, cast.zuid], wants_text=True)
        edition = make_edition(newsletter, subject="Nieuws van maart", title="Maart")
        make_block(edition, html=TEXT)
        make_block(edition, html="<p>Voor Noord.</p>", limits={"regions": [cast.noord.id]})
        sign_off(session, edition, cast.kees.person_id)
        return SimpleNamespace(
            newsletter=newsletter, edition=edition, theme=theme, riet=riet, joop=joop, ans=ans,
            ilse=actor_of(cast.ilse), anna=actor_of(cast.anna), cast=cast,
        )  # fmt: skip


@pytest.fixture
def change(story, transaction):
    """`change(number=…)` changes the edition; or `change(what)` lets a function do it."""

    def act(what=None, **values):
        with transaction() as session:
            edition = session.get(Edition, story.edition.id)
            for name, value in values.items():
                setattr(edition, name, value)
            return what(session, edition) if what is not None else None

    return act


@pytest.fixture
def send(story, change):
    """`send()` by Ilse, the editor; gives the number of the mailing."""

    def act(actor=None):
        return change(lambda _, edition: sending.send(actor or story.ilse, edition).id)

    return act


@pytest.fixture
def minute(app, settings):
    """A minute to undo."""
    keep(app, settings.replace(undo_seconds=60))
    yield
    keep(app, settings)


@pytest.fixture
def planned(story, change):
    def act():
        return change(lambda _, edition: sending.plan(story.ilse, edition))

    return act


@pytest.fixture
def mails(transaction):
    def read():
        with transaction() as session:
            return {row.name: row for row in session.scalars(select(Message))}

    return read


def test_what_was_prepared_before_the_turn_to_write_is_what_leaves(story, change, statements):
    def act(session, edition):
        prepared = sending.prepare(edition)
        with statements() as asked:
            mailing = sending.send(story.ilse, edition, prepared)
        assert not [one for one in asked if "FROM region" in one and "INTO" not in one]
        return mailing.data["subject"]

    assert change(act) == "Nieuws van maart"


def test_words_that_changed_since_they_were_prepared_are_taken_anew(story, change):
    def act(session, edition):
        prepared = sending.prepare(edition)
        edition.preview_line = "Toch iets anders"
        session.flush()
        return sending.send(story.ilse, edition, prepared).data["preview_line"]

    assert change(act) == "Toch iets anders"


def test_every_reader_gets_a_row_with_what_chooses_the_pieces(story, send, mails):
    send()
    rows = mails()
    assert set(rows) == {"Riet Bos", "Joop Vos", "Ans Kok"}
    noord, zuid = story.cast.noord.id, story.cast.zuid.id
    riet, joop, ans = rows["Riet Bos"].data, rows["Joop Vos"], rows["Ans Kok"].data
    assert (riet["regions"], riet["themes"]) == (str(noord), str(story.theme.id))
    assert joop.language == "en"
    assert ans["regions"] == f"{noord},{zuid}"
    assert [bool(one["text"]) for one in (riet, joop.data, ans)] == [False, False, True]
    assert all(row.template == "edition" and row.state == "queued" for row in rows.values())


def test_the_words_are_frozen_with_the_mailing(send, transaction, story, change):
    number = send()
    change(lambda _, edition: edition.blocks[0].data.update(html="<p>Anders.</p>"))
    with transaction() as session:
        mailing = session.get(Mailing, number)
        assert mailing.data["blocks"][0]["data"]["html"] == TEXT
        assert mailing.data["newsletter_id"] == story.newsletter.id
        assert (mailing.sender_name, mailing.reply_to) == ("Samen", "redactie@samen.example")
        assert mailing.reference == f"edition:{story.edition.id}"
        assert mailing.list_id.startswith(f"newsletter-{story.newsletter.id}.")


def test_what_is_sent_stands_in_the_archive_once_the_time_to_undo_is_over(
    send, client, freeze, story
):
    address = f"/newsletters/{story.edition.slug}"
    send()
    freeze("2027-03-01 09:02")
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("status", ["draft", "review", "sending", "sent", "dropped"])
def test_what_is_not_signed_off_is_not_sent(send, change, mails, status):
    change(status=status)
    with pytest.raises(Conflict):
        send()
    assert mails() == {}


def test_a_change_after_the_sign_off_makes_it_worth_nothing(send, change, planned):
    change(content_version=2)
    assert planned().why_not
    with pytest.raises(Conflict):
        send(SYSTEM)


def test_who_does_not_make_newsletters_sends_none(send, story, mails):
    with pytest.raises(Forbidden):
        send(story.anna)
    assert mails() == {}


def test_it_is_sent_once(send, mails):
    send()
    with pytest.raises(Conflict):
        send()
    assert len(mails()) == 3


def test_nothing_is_kept_when_nobody_would_get_it(send, transaction, mails):
    with transaction() as session:
        session.query(Subscription).delete()
    with pytest.raises(Conflict):
        send()
    with transaction() as session:
        assert session.query(Mailing).count() == 0


@pytest.mark.usefixtures("minute")
def test_within_the_minute_it_is_taken_back_whole(story, send, change, mails, transaction):
    send()
    assert change(lambda _, edition: sending.undo(story.ilse, edition)) == 3
    assert {row.state for row in mails().values()} == {"cancelled"}
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        assert (edition.status, edition.mailing_id, edition.sent_at) == ("signed_off", None, None)
        assert session.query(ArchivePage).count() == 0


@pytest.mark.usefixtures("minute")
def test_what_was_taken_back_can_be_sent_again(story, send, change, mails, transaction):
    first = send()
    change(lambda _, edition: sending.undo(story.ilse, edition))
    second = send()
    with transaction() as session:
        states = session.execute(select(Message.mailing_id, Message.state).distinct()).all()
    assert set(map(tuple, states)) == {(first, "cancelled"), (second, "queued")}


@pytest.mark.usefixtures("minute")
def test_after_the_minute_it_is_too_late_to_undo(story, send, change, freeze):
    send()
    freeze("2027-03-01 09:02")
    with pytest.raises(Conflict):
        change(lambda _, edition: sending.undo(story.ilse, edition))


@pytest.mark.usefixtures("minute")
def test_what_the_clock_sends_leaves_at_its_moment(send, change, transaction):
    number = send(SYSTEM)
    with transaction() as session:
        mailing = session.get(Mailing, number)
        assert mailing.not_before == mailing.created_at


def test_it_is_paused_goes_on_and_is_stopped(story, send, change, transaction, mails):
    number = send()

    def course():
        with transaction() as session:
            return session.get(Mailing, number).course

    change(lambda _, edition: sending.pause(story.ilse, edition))
    assert course() == "paused"
    change(lambda _, edition: sending.resume(story.ilse, edition))
    assert course() == "open"
    assert change(lambda _, edition: sending.stop(story.ilse, edition)) == 3
    assert course() == "stopped"


def end(session, *states):
    for row, state in zip(session.scalars(select(Message).order_by(Message.id)), states,
                          strict=True):  # fmt: skip
        row.state = state


@pytest.mark.parametrize(
    ("states", "status"),
    [
        (("sent", "sent", "failed"), "sent"),
        (("sent", "queued", "sent"), "sending"),
        (("sent", "deferred", "sent"), "sending"),
        (("failed", "skipped", "failed"), "sent"),
    ],
)
def test_an_edition_is_sent_when_nothing_waits(story, app, send, transaction, states, status):
    send()
    with transaction() as session:
        end(session, *states)
    with transaction() as session:
        sending.settle()
    with transaction() as session:
        assert session.get(Edition, story.edition.id).status == status


def test_stopped_before_anything_left_it_is_signed_off_as_before(story, send, change, transaction):
    send()
    change(lambda _, edition: sending.stop(story.ilse, edition))
    with transaction():
        sending.settle()
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        assert (edition.status, edition.sent_at) == ("signed_off", None)


def test_the_plan_counts_formats_and_who_gets_what_is_limited(story, planned):
    found = planned()
    assert found.count == 3
    assert found.why_not is None
    assert {(v.language, v.is_text, v.count) for v in found.spread.variants} == {
        ("nl", False, 1), ("en", False, 1), ("nl", True, 1),
    }  # fmt: skip
    assert [share.count for share in found.spread.shares] == [2]
    assert (found.spread.combinations, found.spread.mails) == (3, 3)


def why(found):
    return {one.why: one.count for one in found.left_out}


def test_who_is_left_out_is_counted_by_reason(story, planned, send, mails, transaction):
    with transaction():
        kim = make_person("Kim Pas", email=None)
        lia = make_person("Lia Mol", "lia@raad.example")
        bas = make_person("Bas Mol", "bas@raad.example")
        for person in (kim, lia):
            make_reader(person, story.newsletter.id)
        make_reader(bas, story.newsletter.id, paused_until=date(2027, 5, 1))
        suppression.withhold_person(story.riet.id, Purpose.NEWSLETTER, "opted_out")
        suppression.withhold_address("lia@raad.example", None, "does_not_exist")
    found = planned()
    assert why(found) == {"paused": 1, "no_address": 1, "opted_out": 1, "does_not_exist": 1}
    assert found.count == 2
    send()
    states = {name: row.state for name, row in mails().items()}
    assert states == {
        "Riet Bos": "skipped", "Lia Mol": "skipped", "Joop Vos": "queued", "Ans Kok": "queued",
    }  # fmt: skip


def test_a_message_to_one_region_goes_to_its_readers(story, change, planned, send, mails):
    change(kind="regional", region_id=story.cast.zuid.id)
    assert why(planned()) == {"other_region": 1}
    send()
    assert set(mails()) == {"Joop Vos", "Ans Kok"}


def test_an_advisor_sends_to_the_own_region_only(story, change, send, mails):
    change(kind="regional", region_id=story.cast.zuid.id)
    with pytest.raises(Forbidden):
        send(story.anna)
    change(region_id=story.cast.noord.id)
    send(story.anna)
    assert set(mails()) == {"Riet Bos", "Ans Kok"}


def test_conditions_narrow_the_readers_down(story, change, planned):
    change(criteria={"all": [{"kind": "language", "word": "en"}]})
    found = planned()
    assert (found.count, why(found)) == (1, {"not_in_edition": 2})


def test_freezing_is_one_statement_for_all_readers(story, change, statements):
    with statements() as asked:
        change(lambda _, edition: sending.send(story.ilse, edition))
    assert len([one for one in asked if "INTO message" in one]) == 1


def test_counted_links_are_numbered_only_where_that_is_switched_on(
    story, send, change, transaction
):
    change(lambda _, edition: setattr(edition.newsletter, "counts_clicks", True))
    number = send()
    with transaction() as session:
        assert session.get(Mailing, number).data["clicks"] == {"https://gids.example/": 1}
        assert [one.url for one in clicks.totals(story.edition.id)] == ["https://gids.example/"]


def test_who_sent_what_stands_in_the_log(story, send, transaction):
    send()
    with transaction() as session:
        entry = session.query(AuditEntry).filter_by(action="edition.send").one()
    assert entry.person_id == story.ilse.person_id
    assert entry.detail["count"] == 3
