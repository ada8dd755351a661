"""The product as gunicorn serves it while it is measured: with the yardsticks beside it."""

from bench import yardsticks
from eventsapp.app import create_app
from eventsapp.core import heap

app = create_app()
yardsticks.register(app)
heap.settle()
