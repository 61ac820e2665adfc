from newsletter import ledger
from newsletter.app import app


@app.task
def write_to(reader, issue):
    ledger.write("issue sent", reader=reader, issue=issue)


@app.task
def welcome(reader):
    ledger.write("welcome sent", reader=reader)


@app.task
def score(reader, opened):
    ledger.write("score computed", reader=reader, score=opened * 10)
