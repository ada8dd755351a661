"""Hints about plain language, odd dates and unclear links: what is found, and what is let be."""

from datetime import date

import pytest

from eventsapp.newsletters.dates_in_text import odd_dates
from eventsapp.newsletters.dutch import is_passive, syllables
from eventsapp.newsletters.links_in_text import is_bare, is_unclear, links_of
from eventsapp.newsletters.officialese import PLAIN_DUTCH
from eventsapp.newsletters.reading import ease, hints, plain, sentences

MARCH = date(2027, 3, 2)
LONG = "Wij gaan " + "heel graag " * 15 + "op bezoek."


def test_a_text_is_taken_apart_into_sentences_and_a_short_form_ends_none():
    text = "De raad sprak o.a. met dhr. De Wit. Wat nu? Niets.\nEen kop\nEn door"
    assert list(sentences(text)) == [
        "De raad sprak o.a. met dhr. De Wit.", "Wat nu?", "Niets.", "Een kop", "En door",
    ]  # fmt: skip


def test_paragraphs_and_points_of_a_list_end_a_sentence():
    assert plain("<p>Een &amp; twee</p><ul><li>drie</li><li>vier<br>vijf</li></ul>") == (
        "Een & twee\ndrie\nvier\nvijf"
    )


def test_a_long_sentence_is_found_by_its_beginning_and_a_short_one_let_be():
    found = hints(f"Kort. {LONG} Weer kort.", "nl")
    assert [(one.what, one.value) for one in found] == [("long", "34")]
    assert found[0].quote.startswith("Wij gaan heel graag")
    assert found[0].quote.endswith("…")


@pytest.mark.parametrize("words", ["Indien u komt", "het kader: Teneinde te winnen"])
def test_a_difficult_word_comes_with_a_plainer_one(words):
    assert [one.value for one in hints(words, "nl")] in [["als"], ["om te"]]


def test_a_part_of_a_word_is_no_difficult_word():
    assert hints("De mitsen van thansen", "nl") == []


def test_a_name_is_no_difficult_word():
    assert hints("Kom naar de Adviesraad Participatie.", "nl") == []
    assert [one.quote for one in hints("Participatie helpt.", "nl")] == ["Participatie"]


def test_an_address_is_no_difficult_word():
    text = "Mail naar participatie@raad.example of kijk op https://raad.example/indien/participatie"
    assert hints(text, "nl") == []


def test_the_name_of_a_website_is_no_word():
    assert hints("Kijk op deallerlangstewebsitevanhetland.example.org voor meer.", "nl") == []


def test_the_longest_phrase_is_shown():
    assert [one.quote for one in hints("Dat is tot op heden zo.", "nl")] == ["tot op heden"]


def test_a_word_of_many_letters_is_found_unless_a_hyphen_parts_it():
    assert [(one.what, one.value) for one in hints("De medezeggenschapsorganisatie", "nl")] == [
        ("longword", "27")
    ]
    assert hints("De medezeggenschaps-organisatie en het gehandicaptenplatform", "nl") == []


@pytest.mark.parametrize(
    ("word", "count"),
    [("sneeuw", 1), ("vrijheid", 2), ("draaien", 2), ("ideeën", 3), ("cliëntenraad", 4),
     ("coördinator", 5), ("gehandicaptenplatform", 7), ("brr", 1)],
)  # fmt: skip
def test_syllables_are_counted_by_sound(word, count):
    assert syllables(word) == count


@pytest.mark.parametrize(
    "sentence",
    ["Het advies wordt binnen zes weken gegeven.", "Er werd lang over gesproken.",
     "Omdat dit besloten wordt.", "De brief kan worden opgehaald.",
     "De leden worden uitgenodigd."],
)  # fmt: skip
def test_a_sentence_that_hides_who_does_it(sentence):
    assert is_passive(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["Riet wordt voorzitter van de gemeenteraad.", "Anna werd lid van het bestuur.",
     "Het wordt een feest met veel beleid en geld.", "De gemeente heeft besloten.",
     "Wij hebben hen gevraagd."],
)  # fmt: skip
def test_a_sentence_that_says_who_does_it(sentence):
    assert not is_passive(sentence)


PASSIVES = "De brief wordt gelezen. Het plan wordt besproken. Een besluit wordt genomen. "


def test_many_sentences_that_hide_who_does_it_are_told_of_once():
    found = hints(PASSIVES + "Dan gaan wij naar huis.", "nl")
    assert [(one.what, one.value, one.quote) for one in found] == [
        ("passive", "3", "De brief wordt gelezen.")
    ]


def test_a_few_of_them_among_others_are_let_be():
    assert hints(PASSIVES + "Wij lezen alles zelf. " * 9, "nl") == []


def test_sentences_that_are_long_on_average_are_told_of():
    text = ("Wij gaan in het voorjaar weer met de hele groep op bezoek bij de raad in de buurt van "
            "de stad. ") * 6  # fmt: skip
    assert [(one.what, one.value) for one in hints(text, "nl")] == [("average", "21")]


PLAIN = (
    "Acht jongeren gaven de wethouder raad. Zij vertelden wat zij lastig vinden aan school, werk "
    "en geld. De wethouder luisterde twee uur lang en schreef alles op. Het begon met een brief. "
    "Samira schreef aan de gemeente dat niemand haar ooit iets vroeg. Nu komen de jongeren elke "
    "maand bij elkaar. Wat leverde het op? Het loket in de bibliotheek is nu ook op donderdagavond "
    "open. En wie een brief niet begrijpt, kan een foto sturen. Dan wordt hij teruggebeld. De "
    "adviesraad sociaal domein en het gehandicaptenplatform helpen mee."
)
OFFICIAL = (
    "In het kader van de implementatie van het beleidskader cliëntparticipatie dient door "
    "gemeenten te worden zorggedragen voor een adequate borging van de betrokkenheid van "
    "ervaringsdeskundigen bij de totstandkoming van het lokale beleid inzake maatschappelijke "
    "ondersteuning. Teneinde dit te bewerkstelligen is door het college besloten tot het instellen "
    "van een stuurgroep, alsmede een klankbordgroep. De voortgang wordt periodiek teruggekoppeld "
    "aan alle participerende ketenpartners."
)


def test_plain_dutch_is_let_be():
    assert hints(PLAIN, "nl") == []
    assert ease(PLAIN) > 60


def test_the_dutch_of_officials_is_told_of_with_what_makes_it_hard():
    found = hints(OFFICIAL, "nl")
    assert {one.what for one in found} == {"long", "word", "hard"}
    assert "ervaringsdeskundigen" in found[-1].quote
    assert ease(OFFICIAL) < 30


def test_difficult_dutch_is_not_looked_for_in_english():
    assert hints("Indien participatie", "en") == []
    assert hints(LONG, "en") != []


def test_no_plainer_word_is_difficult_itself():
    offered = {one.strip() for words in PLAIN_DUTCH.values() for one in words.split(",")}
    assert offered & set(PLAIN_DUTCH) == set()


def test_short_words_read_more_easily_than_long_ones():
    easy = ease("De kat zit op de mat. " * 15)
    hard = ease("Beleidsverantwoordelijkheden vereisen interdepartementale afstemming. " * 15)
    assert hard < 0 < 90 < easy
    assert ease("De kat.") is None


def test_at_most_so_many_hints_of_a_kind():
    assert len(hints(f"{LONG} " * 9, "nl", most=3)) == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("op dinsdag 14 april 2027", ["weekday"]),
        ("op dinsdag 13 april", []),
        ("op woensdag 14 april 2027", []),
        ("op maandag 13 april", ["weekday"]),
        ("op 31 april", ["unknown"]),
        ("op maandag 1 maart 2027", ["past"]),
        ("op 1 maart 2026 begon het", []),
        ("op maandag 1 maart kwamen wij samen", []),
        ("meld u aan vóór 20 februari", ["past"]),
        ("uiterlijk op zaterdag 20 februari", ["past"]),
        ("meld u aan voor 20 maart", []),
        ("op 12-03-2027", ["figures"]),
        ("op 12/3/2027", ["figures"]),
        ("in 3/4 van de gevallen, 24/7", []),
        ("telefoon 070-1234567", []),
        ("op 4 April komen wij", ["capital"]),
        ("29 februari 2028", []),
    ],
)
def test_a_date_that_may_be_misread_is_found(text, what):
    assert [one.what for one in odd_dates(text, "nl", MARCH)] == what


def test_english_dates_are_read_too():
    assert [one.what for one in odd_dates("on Tuesday 14 April", "en", MARCH)] == ["weekday"]
    assert list(odd_dates("on Wednesday 14 April 2027", "en", MARCH)) == []


def test_links_are_found_with_their_words_and_place():
    data = {
        "html": '<p><a href="https://a.example/?x=1&amp;y=2">De <em>gids</em></a></p>',
        "url": "https://b.example",
        "link_words": "Lees de gids",
    }
    assert [(one.address, one.words, one.field) for one in links_of(data)] == [
        ("https://a.example/?x=1&y=2", "De gids", "html"),
        ("https://b.example", "Lees de gids", "url"),
    ]


@pytest.mark.parametrize("words", ["hier", "Klik hier!", "Lees meer", "»here«", "deze link"])
def test_words_that_do_not_say_where_a_link_leads(words):
    assert is_unclear(words)


def test_words_that_say_where_a_link_leads():
    assert not is_unclear("Lees de handreiking")
    assert not is_bare("raad.example")
    assert is_bare("https://www.raad.example/een/lang/adres")
