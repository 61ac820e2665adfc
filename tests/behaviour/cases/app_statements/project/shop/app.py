from shop.celery import app

if __name__ == "__main__":
    app.start()
