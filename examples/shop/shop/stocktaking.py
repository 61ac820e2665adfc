"""What the shop does in the evening."""


def close_of_business(day):
    from shop.tasks import daily_report, send_report

    daily_report.delay(day, currency="GBP")
    send_report.apply_async([day])
