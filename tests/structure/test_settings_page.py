"""Every setting is documented as it is."""

from dataclasses import fields

from config import Settings, variable
from docs.build_settings import PAGE, page


def test_the_page_says_what_config_says():
    assert PAGE.read_text("utf-8") == page(), "run `make settings`"


def test_each_setting_stands_on_the_page():
    text = PAGE.read_text("utf-8")
    assert [f.name for f in fields(Settings) if f"`{variable(f.name)}`" not in text] == []
