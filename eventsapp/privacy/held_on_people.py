"""What the address book, the lists and the accounts hold on somebody, and how that is erased.

`holdings.py` gathers it. The row of the person stays without a word in it, so that figures keep
their rows; the functions go, since a chair of a small council is known without a name as well.
"""

from __future__ import annotations

from sqlalchemy import delete, func, select, union_all, update

from eventsapp.accounts.models import Account, Session
from eventsapp.contacts.models import ContactList, LetterDraft, Membership
from eventsapp.core.audit import AuditEntry
from eventsapp.core.labels import N_
from eventsapp.directory.models import (
    AddressImport,
    AdvisorRegion,
    Network,
    Person,
    PersonAddress,
    Role,
    network_deputy,
)
from eventsapp.meetings.models import Meeting, meeting_deputy
from eventsapp.newsletters.models import (
    Block,
    Contribution,
    Edition,
    Picture,
    SignOff,
)
from eventsapp.privacy.kinds import Fate
from eventsapp.privacy.traces import Holding, Traces, how_many, run
from eventsapp.surveys.models import Survey


def _one(_one: Traces) -> int:
    return 1


def _empty_person(one: Traces) -> None:
    """Leave of the person a row with a number and nothing to know somebody by."""
    run(
        update(Person)
        .where(Person.id == one.person_id)
        .values(
            given_name="",
            prefix="",
            family_name="",
            sort_key="",
            search_key="",
            salutation="",
            phone="",
            note="",
            external_id=None,
            municipality_id=None,
            language="nl",
            version=Person.version + 1,
        )
    )


def _erase_addresses(one: Traces) -> None:
    run(delete(PersonAddress).where(PersonAddress.person_id == one.person_id))


def _addresses(one: Traces) -> int:
    return how_many(select(PersonAddress.id).where(PersonAddress.person_id == one.person_id))


def _functions(one: Traces) -> int:
    return how_many(select(Role.id).where(Role.person_id == one.person_id))


def _erase_functions(one: Traces) -> None:
    run(delete(Role).where(Role.person_id == one.person_id))


def _lists(one: Traces) -> int:
    return how_many(select(Membership.list_id).where(Membership.person_id == one.person_id))


def _erase_lists(one: Traces) -> None:
    run(delete(Membership).where(Membership.person_id == one.person_id))


def _account(one: Traces) -> int:
    return how_many(select(Account.id).where(Account.person_id == one.person_id))


def _erase_account(one: Traces) -> None:
    """Erase the account of a former colleague; who still has one is not erased."""
    own = select(Account.id).where(Account.person_id == one.person_id)
    run(delete(Session).where(Session.account_id.in_(own)))
    run(delete(Account).where(Account.person_id == one.person_id))
    run(delete(LetterDraft).where(LetterDraft.owner_person_id == one.person_id))
    run(delete(AdvisorRegion).where(AdvisorRegion.person_id == one.person_id))
    run(delete(network_deputy).where(network_deputy.c.person_id == one.person_id))
    run(delete(meeting_deputy).where(meeting_deputy.c.person_id == one.person_id))


def _work(one: Traces) -> int:
    number = one.person_id
    return how_many(
        union_all(
            select(Meeting.id).where(Meeting.organiser_person_id == number),
            select(Network.id).where(Network.organiser_person_id == number),
            select(ContactList.id).where(ContactList.owner_person_id == number),
            select(Edition.id).where(Edition.created_by == number),
            select(Block.id).where(Block.updated_by == number),
            select(SignOff.id).where(SignOff.by_person_id == number),
            select(Survey.id).where(Survey.created_by == number),
            select(Picture.id).where(Picture.uploaded_by == number),
            select(AddressImport.id).where(AddressImport.by_person_id == number),
        )
    )


def _log(one: Traces) -> int:
    about = (AuditEntry.object_type == "person") & (AuditEntry.object_id == one.person_id)
    return how_many(select(AuditEntry.id).where((AuditEntry.person_id == one.person_id) | about))


def _pieces(one: Traces) -> int:
    return how_many(
        select(Contribution.id).where(
            Contribution.author_person_id == one.person_id, Contribution.block_id.is_not(None)
        )
    )


def _drafts(one: Traces) -> int:
    return how_many(
        select(Contribution.id).where(
            Contribution.author_person_id == one.person_id,
            Contribution.block_id.is_(None),
            func.length(Contribution.body) > 0,
        )
    )


def _erase_drafts(one: Traces) -> None:
    """Empty pieces that were never taken in, and what was said about the others."""
    own = Contribution.author_person_id == one.person_id
    run(update(Contribution).where(own).values(brief="", remark=""))
    run(
        update(Contribution)
        .where(own, Contribution.block_id.is_(None))
        .values(title="", body="", alternative="", picture_id=None)
    )


HOLDINGS = (
    Holding(N_("Functions, now and before"), Fate.ERASED, ("role",), _functions, _erase_functions),
    Holding(
        N_("Places on contact lists, by hand"), Fate.ERASED, ("membership",), _lists, _erase_lists
    ),
    Holding(
        N_("Account of a former colleague, with drafts and regions"),
        Fate.ERASED,
        (
            "account",
            "session",
            "letter_draft",
            "advisor_region",
            "network_deputy",
            "meeting_deputy",
        ),
        _account,
        _erase_account,
    ),
    Holding(
        N_("Pieces for the newsletter that were not published"),
        Fate.ERASED,
        ("contribution",),
        _drafts,
        _erase_drafts,
    ),
    Holding(
        N_("Work done as a colleague: meetings, editions, lists"),
        Fate.NAMELESS,
        (
            "meeting",
            "network",
            "contact_list",
            "edition",
            "block",
            "sign_off",
            "survey",
            "picture",
            "address_import",
            "paper",
        ),
        _work,
    ),
    Holding(
        N_("Pieces for the newsletter that were published"),
        Fate.KEPT,
        ("contribution",),
        _pieces,
        why=N_("They are part of what the programme published, and of the archive."),
    ),
    Holding(
        N_("Lines in the log “who did what”"),
        Fate.KEPT,
        ("audit_entry",),
        _log,
        why=N_(
            "They hold numbers only, no name and no address, and show that we did as we should."
        ),
    ),
    # At last, since the others ask by these.
    Holding(N_("E-mail addresses"), Fate.ERASED, ("person_address",), _addresses, _erase_addresses),
    Holding(
        N_("Name, telephone number, municipality, greeting and our note"),
        Fate.ERASED,
        ("person",),
        _one,
        _empty_person,
    ),
)
