from celery import Celery

app = Celery(
    "shop",
    broker="redis://localhost:6379/0",
    backend="redis://localhost:6379/1",
    include=["shop.orders", "shop.mail", "shop.reports"],
)
app.conf.timezone = "UTC"
