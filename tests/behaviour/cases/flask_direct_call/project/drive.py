from flask import g
from shop import create_app

app = create_app()

from tasks import look

with app.app_context():
    g.user = "visitor"
    look("called")
    look.delay("sent")
    look.delay("sent again")
