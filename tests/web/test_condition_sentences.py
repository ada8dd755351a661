"""Conditions read out: each way of asking, and its opposite, as a plain Dutch sentence."""

import pytest

from eventsapp.contacts.models import ContactList
from eventsapp.manage.condition_sentences import groups_of
from tests import factories as make
from tests.checks import check_page

NAMES = {
    "region": {"1": "Twente"},
    "municipality": {"1": "Almelo"},
    "network": {"1": "Raden Twente"},
    "theme": {"1": "Vervoer"},
    "meeting_kind": {"theme": "Themabijeenkomst"},
    "word-organisation_kind": {"church": "Kerk"},
    "word-role_kind": {"chair": "Voorzitter"},
    "word-language": {"en": "Engels"},
}
PERIOD = {"since": "2027-01-01", "until": "2027-03-31"}
YES_AND_NO = [
    (
        {"kind": "attended"},
        "Was op minstens één bijeenkomst",
        "Was op geen enkele bijeenkomst",
    ),
    (
        {"kind": "attended", "at_least": 3, "region": 1, "since": "2027-01-01"},
        "Was op minstens 3 bijeenkomsten in de regio Twente sinds 1 januari 2027",
        "Was op minder dan 3 bijeenkomsten in de regio Twente sinds 1 januari 2027",
    ),
    (
        {"kind": "attended", "meeting_kind": "theme", "theme": 1, **PERIOD},
        "Was op minstens één bijeenkomst van het soort ‘themabijeenkomst’ over ‘Vervoer’ "
        "van 1 januari 2027 tot en met 31 maart 2027",
        "Was op geen enkele bijeenkomst van het soort ‘themabijeenkomst’ over ‘Vervoer’ "
        "van 1 januari 2027 tot en met 31 maart 2027",
    ),
    (
        {"kind": "invited_never_answered", "network": 1, "until": "2027-03-31"},
        "Is uitgenodigd voor bijeenkomsten van het netwerk ‘Raden Twente’ tot en met "
        "31 maart 2027, maar gaf nooit antwoord",
        "Is niet uitgenodigd voor bijeenkomsten van het netwerk ‘Raden Twente’ tot en met "
        "31 maart 2027, of gaf wel eens antwoord",
    ),
    (
        {"kind": "not_attended_for", "months": 1},
        "Was eerder op bijeenkomsten, maar de laatste maand niet",
        "Was de laatste maand nog op een bijeenkomst, of nog nooit",
    ),
    (
        {"kind": "not_attended_for", "months": 12, "region": 1},
        "Was eerder op bijeenkomsten in de regio Twente, maar de laatste 12 maanden niet",
        "Was de laatste 12 maanden nog op een bijeenkomst in de regio Twente, of nog nooit",
    ),
    (
        {"kind": "in_region", "region": 1},
        "Werkt of woont in de regio Twente",
        "Werkt of woont niet in de regio Twente",
    ),
    (
        {"kind": "in_municipality", "municipality": 1},
        "Werkt of woont in de gemeente Almelo",
        "Werkt of woont niet in de gemeente Almelo",
    ),
    (
        {"kind": "organisation_kind", "word": "church"},
        "Hoort bij een organisatie van het soort ‘kerk’",
        "Hoort niet bij een organisatie van het soort ‘kerk’",
    ),
    (
        {"kind": "role_kind", "word": "chair"},
        "Heeft de functie ‘voorzitter’",
        "Heeft niet de functie ‘voorzitter’",
    ),
    (
        {"kind": "theme", "theme": 1},
        "Hoort bij een organisatie met het thema ‘Vervoer’",
        "Hoort niet bij een organisatie met het thema ‘Vervoer’",
    ),
    (
        {"kind": "network", "network": 1},
        "Hoort bij het netwerk ‘Raden Twente’",
        "Hoort niet bij het netwerk ‘Raden Twente’",
    ),
    (
        {"kind": "language", "word": "en"},
        "Krijgt mail in het Engels",
        "Krijgt geen mail in het Engels",
    ),
]


@pytest.fixture
def dutch(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(("leaf", "yes", "no"), YES_AND_NO)
def test_each_condition_and_its_opposite_is_a_sentence(dutch, leaf, yes, no):
    assert groups_of({"all": [leaf]}, NAMES) == [[yes]]
    assert groups_of({"all": [{**leaf, "not": True}]}, NAMES) == [[no]]


def test_every_way_of_asking_is_tried_here():
    from eventsapp.contacts.rules import Ask

    assert {leaf["kind"] for leaf, _, _ in YES_AND_NO} == {ask.value for ask in Ask}


def test_what_is_not_filled_in_yet_is_not_read_out(dutch):
    assert groups_of({"all": [{"kind": "in_region"}]}, NAMES) == []


def test_what_is_no_more_is_said_to_be_unknown(dutch):
    leaf = {"kind": "network", "network": 9}
    assert groups_of({"all": [leaf]}, NAMES) == [["Hoort bij het netwerk ‘niet meer bekend’"]]


def test_a_list_reads_its_conditions_with_and_and_or(client, sign_in, cast, transaction):
    with transaction() as session:
        town = make.make_municipality("Noordwolde", session.merge(cast.noord))
        criteria = {
            "all": [
                {"kind": "in_region", "region": cast.noord.id},
                {
                    "any": [
                        {"kind": "in_municipality", "municipality": town.id},
                        {"kind": "language", "word": "en"},
                    ]
                },
            ]
        }
        kept = ContactList(name="X", owner_person_id=cast.anna.person_id, criteria=criteria)
        session.add(kept)
        session.flush()
        number = kept.id
    anna = sign_in(client, cast.anna)
    for place in (f"/manage/lists/{number}", f"/manage/lists/{number}/edit"):
        page = " ".join(check_page(anna.get(place)).split())
        assert "<li>Werkt of woont in de regio Noord</li>" in page
        assert (
            "<strong>en</strong> werkt of woont in de gemeente Noordwolde, <strong>of</strong> "
            "krijgt mail in het Engels</li>"
        ) in page
