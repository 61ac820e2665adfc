from shop import create_app, make_celery

flask_app = create_app()
celery = make_celery(flask_app)
