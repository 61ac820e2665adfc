from celery import Celery, Task
from flask import Flask


def create_app():
    app = Flask(__name__)
    app.config.from_mapping(
        SHOP_NAME="Leaves",
        CELERY=dict(
            broker_url="redis://localhost:6379/0",
            task_ignore_result=True,
            beat_schedule={
                "stock": {"task": "bookshop.tasks.stock", "schedule": 2.0, "kwargs": {"level": 3}},
            },
        ),
    )
    celery_init_app(app)
    from . import views

    app.register_blueprint(views.bp)
    return app


def celery_init_app(app):
    class FlaskTask(Task):
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app
