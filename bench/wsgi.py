"""The product as gunicorn serves it while it is measured: with the yardsticks beside it."""

from bench import yardsticks
from eventsapp.app import create_app

app = create_app()
yardsticks.register(app)
