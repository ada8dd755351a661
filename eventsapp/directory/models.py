"""Remembers regions, municipalities, organisations, networks, people and the roles that tie them.

Nothing here knows meetings or mail: who wants a person's meetings asks the floor that has them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventsapp.core.dates import now
from eventsapp.core.db import Model
from eventsapp.core.labels import N_
from eventsapp.core.language import translate
from eventsapp.directory.search_tables import keep_letters_of


class RegionScheme(Model):
    """A way to divide the country: provinces, safety regions, labour regions, our own."""

    __tablename__ = "region_scheme"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    is_working: Mapped[bool] = mapped_column(default=False)


region_municipality = Table(
    "region_municipality",
    Model.metadata,
    Column("region_id", ForeignKey("region.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "municipality_id",
        ForeignKey("municipality.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Region(Model):
    """A set of municipalities; rights go by the regions of the working scheme.

    One that was dissolved keeps its row, so that meetings of long ago still say where they were.
    """

    __tablename__ = "region"

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("region_scheme.id"), index=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    ended_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))
    version: Mapped[int] = mapped_column(default=1)

    scheme: Mapped[RegionScheme] = relationship(lazy="joined", innerjoin=True)
    municipalities: Mapped[list[Municipality]] = relationship(
        secondary=region_municipality, back_populates="regions", order_by="Municipality.name"
    )

    __mapper_args__ = {"version_id_col": version}


class Municipality(Model):
    """A Dutch municipality by its official name; `aliases` holds the names people use."""

    __tablename__ = "municipality"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(10), unique=True)
    name: Mapped[str] = mapped_column(String(120), index=True)
    province_code: Mapped[str] = mapped_column(String(10), default="")
    aliases: Mapped[str] = mapped_column(String(200), default="")
    search_key: Mapped[str] = mapped_column(String(400), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    ended_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))

    regions: Mapped[list[Region]] = relationship(
        secondary=region_municipality, back_populates="municipalities"
    )


class Theme(Model):
    """A subject that meetings and organisations are about."""

    __tablename__ = "theme"

    id: Mapped[int] = mapped_column(primary_key=True)
    name_nl: Mapped[str] = mapped_column(String(120), unique=True)
    name_en: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)

    def name(self, language: str) -> str:
        """Give the name in this language, Dutch where the other is missing."""
        return self.name_en if language == "en" and self.name_en else self.name_nl


organisation_theme = Table(
    "organisation_theme",
    Model.metadata,
    Column("organisation_id", ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True),
    Column("theme_id", ForeignKey("theme.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Organisation(Model):
    """A council, client organisation, municipality or other body; `email` is its mailbox."""

    __tablename__ = "organisation"
    __table_args__ = (Index("ix_organisation_search_id", "search_key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40), index=True)
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    aliases: Mapped[str] = mapped_column(String(200), default="")
    search_key: Mapped[str] = mapped_column(String(600), default="")
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    phone: Mapped[str] = mapped_column(String(60), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    external_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    ended_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    municipality: Mapped[Municipality | None] = relationship()
    region: Mapped[Region | None] = relationship()
    themes: Mapped[list[Theme]] = relationship(
        secondary=organisation_theme, order_by="Theme.position"
    )
    roles: Mapped[list[Role]] = relationship(back_populates="organisation")

    __mapper_args__ = {"version_id_col": version}


class Person(Model):
    """One human being, whatever the roles: participant, contact, advisor, reader."""

    __tablename__ = "person"
    __table_args__ = (
        # With what lists ask of each, so that they need not look at the person who is not shown.
        Index(
            "ix_person_sort_listed",
            "sort_key",
            "id",
            "municipality_id",
            "language",
            "ended_on",
            "erased_at",
        ),
        CheckConstraint("language IN ('nl', 'en')", name="language"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    given_name: Mapped[str] = mapped_column(String(100), default="")
    prefix: Mapped[str] = mapped_column(String(40), default="")
    family_name: Mapped[str] = mapped_column(String(120), default="")
    sort_key: Mapped[str] = mapped_column(String(300), default="")
    search_key: Mapped[str] = mapped_column(String(600), default="")
    salutation: Mapped[str] = mapped_column(String(160), default="")
    language: Mapped[str] = mapped_column(String(5), default="nl")
    phone: Mapped[str] = mapped_column(String(60), default="")
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    external_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    ended_on: Mapped[date | None]
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    version: Mapped[int] = mapped_column(default=1)

    municipality: Mapped[Municipality | None] = relationship()
    addresses: Mapped[list[PersonAddress]] = relationship(
        back_populates="person", order_by="PersonAddress.position", cascade="all, delete-orphan"
    )
    roles: Mapped[list[Role]] = relationship(
        back_populates="person", order_by="Role.valid_from.desc()"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        """Give the name as it is written in running text: Riet van der Berg.

        Of who was erased it says just that, so that every list of long ago still reads.
        """
        if self.erased_at is not None:
            return translate(N_("Name erased"))
        return " ".join(part for part in (self.given_name, self.prefix, self.family_name) if part)


keep_letters_of(Person.__table__)  # type: ignore[arg-type]


class PersonAddress(Model):
    """An e-mail address of a person; the same address may belong to several people."""

    __tablename__ = "person_address"
    __table_args__ = (Index("ix_person_address_person_position", "person_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254), index=True)
    via: Mapped[str] = mapped_column(String(120), default="")
    position: Mapped[int] = mapped_column(default=0)
    ended_on: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="addresses")


class Role(Model):
    """What a person does for an organisation from a day until a day (end excluded)."""

    __tablename__ = "role"
    __table_args__ = (
        Index("ix_role_organisation_valid", "organisation_id", "valid_until"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(120), default="")
    is_contact: Mapped[bool] = mapped_column(default=False)
    address_id: Mapped[int | None] = mapped_column(
        ForeignKey("person_address.id", ondelete="SET NULL")
    )
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="roles")
    organisation: Mapped[Organisation] = relationship(back_populates="roles")
    address: Mapped[PersonAddress | None] = relationship()


class AdvisorRegion(Model):
    """The tie between an advisor and a working region."""

    __tablename__ = "advisor_region"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), primary_key=True, index=True)


network_organisation = Table(
    "network_organisation",
    Model.metadata,
    Column("network_id", ForeignKey("network.id", ondelete="CASCADE"), primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), primary_key=True, index=True),
)

network_deputy = Table(
    "network_deputy",
    Model.metadata,
    Column("network_id", ForeignKey("network.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("person.id"), primary_key=True),
)


class Network(Model):
    """A named regular gathering: who belongs to it, where, how often it means to meet.

    A confidential one is seen by its organiser and named deputies only.
    """

    __tablename__ = "network"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"), index=True)
    cadence_weeks: Mapped[int | None]
    description: Mapped[str] = mapped_column(Text, default="")
    organiser_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_confidential: Mapped[bool] = mapped_column(default=False)
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    region: Mapped[Region | None] = relationship()
    organisations: Mapped[list[Organisation]] = relationship(
        secondary=network_organisation, order_by="Organisation.name"
    )
    deputies: Mapped[list[Person]] = relationship(secondary=network_deputy)

    __mapper_args__ = {"version_id_col": version}


class AddressImport(Model):
    """A list that somebody reads in: looked at line by line first, then carried out whole.

    `sort` says of what it is a list, `about` what the lines themselves do not say.
    """

    __tablename__ = "address_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    by_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    sort: Mapped[str] = mapped_column(String(20), default="addresses")
    about: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    headers: Mapped[list[str]] = mapped_column(JSON, default=list)
    columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    actor: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    result: Mapped[str] = mapped_column(String(64), default="")
    fault: Mapped[str] = mapped_column(Text, default="")
    lines: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    settled_at: Mapped[datetime | None]


class AddressImportPart(Model):
    """What lies beside a list that is read in: its lines, their outcome, how far it is."""

    __tablename__ = "address_import_part"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("address_import.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    content: Mapped[bytes]
