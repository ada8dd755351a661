"""The settings of the product: only this package reads the environment.

`create_app` calls `Settings.from_env()` at start; tests build `Settings(...)` by hand. Below
`app.py` the object is read through `eventsapp.core.settings`. Nothing here imports the product,
and nothing here writes: what must be made (a folder, a secret key) is made by who starts the
application.

`fields.py` lists the settings by name; `checks.py` says what is refused.
"""

from config.checks import SettingsFault
from config.fields import variable
from config.servers import Mailbox, MailServer, Signature
from config.settings import Settings

__all__ = ["MailServer", "Mailbox", "Settings", "SettingsFault", "Signature", "variable"]
