"""The two yardsticks: a page and a write with as little in them as this stack can do.

`bench/wsgi.py` hangs them beside the product, so that they run in the same server, on the same
database and through the same rules of every request (headers, transactions, sign-in cookie).
"""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Flask, current_app, render_template
from jinja2 import Environment, Template
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from eventsapp.core.db import db
from eventsapp.core.http import csrf
from eventsapp.directory.models import Person

ROWS = 50

bp = Blueprint("bench", __name__, url_prefix="/bench")
# A table of its own, in no migration: made when the bench begins.
written = Table(
    "bench_written", MetaData(), Column("id", Integer, primary_key=True), Column("note", String(40))
)

PAGE = """<!doctype html><html lang="nl"><head><title>Yardstick</title></head><body><h1>People</h1>
<table>{% for row in rows %}<tr><th>{{ row.given_name }} {{ row.family_name }}</th>
<td>{{ row.phone }}</td><td>{{ row.id }}</td></tr>{% endfor %}</table></body></html>"""


@bp.get("/page")
def page() -> str:
    """Show fifty rows: one Core select, one small template."""
    people = Person.__table__.c
    columns = people.id, people.given_name, people.family_name, people.phone
    rows = db.session.execute(select(*columns).order_by(people.sort_key, people.id).limit(ROWS))
    return render_template(_template(current_app.jinja_env), rows=rows.all())


@lru_cache
def _template(env: Environment) -> Template:
    # As a template of the product: made into a program once, not at every request.
    return env.from_string(PAGE)


@bp.post("/write")
@csrf.exempt
def write() -> tuple[str, int]:
    """Write one row; it is on the disk before the answer leaves."""
    db.session.execute(insert(written).values(note="one row"))
    return "", 201


def register(app: Flask) -> None:
    """Hang the yardsticks on an application, with their table."""
    app.register_blueprint(bp)
    with app.app_context():
        written.metadata.create_all(db.engine)
