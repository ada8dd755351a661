"""What needs me today: the page after signing in."""

from __future__ import annotations

from flask import Blueprint, render_template

bp = Blueprint("manage_home", __name__, url_prefix="/manage")


@bp.get("/")
def show() -> str:
    """Show what needs the advisor today."""
    return render_template("manage/home/show.html")
