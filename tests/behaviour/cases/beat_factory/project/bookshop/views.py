from flask import Blueprint

from . import tasks

bp = Blueprint("shop", __name__)


@bp.post("/stock/<int:level>")
def stock(level):
    tasks.stock.delay(level)
    return {"accepted": True}
