"""`/healthz`: tells whoever watches over the machine that pages and database answer."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy import text

from eventsapp.core.db import db

bp = Blueprint("public_health", __name__)


@bp.get("/healthz")
def show() -> tuple[str, int, dict[str, str]]:
    """Answer 200 once the product is ready."""
    db.session.execute(text("SELECT 1"))
    return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
