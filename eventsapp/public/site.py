"""The start page and what the site says of itself."""

from __future__ import annotations

from flask import Blueprint, render_template

bp = Blueprint("public_site", __name__)


@bp.get("/")
def home() -> str:
    """Show what this is and where to sign in."""
    return render_template("public/site/home.html")
