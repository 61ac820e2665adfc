from celery import Celery
from trace import record

app = Celery("tasks", broker="redis://localhost:6379/0")
app.conf.timezone = "Asia/Tokyo"


@app.task
def run(which):
    record("ran", which=which)


@app.task(bind=True, queue="mail", ignore_result=True)
def mail(self):
    headers = self.request.headers or {}
    record("mail", tenant=headers.get("tenant"), queue=self.request.delivery_info["routing_key"])
