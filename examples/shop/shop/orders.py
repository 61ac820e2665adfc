from shop import ledger
from shop.celery_app import app


@app.task
def place(order_id, item, quantity=1):
    ledger.write("order placed", order=order_id, item=item, quantity=quantity)
    ship.apply_async(args=(order_id, item), kwargs={"quantity": quantity})
    return {"order": order_id, "status": "placed"}


@app.task(name="shop.ship")
def ship(order_id, item, *, quantity):
    ledger.write("order shipped", order=order_id, item=item, quantity=quantity)


@app.task()
def cancel(order_id):
    ledger.write("order cancelled", order=order_id)
