"""Place a few orders."""

import shop
from shop import checkout, stocktaking


def main():
    checkout.buy("ann@example.org", {"plum": 2, "pear": 1})
    checkout.buy("bob@example.org", {"fig": 3}, gift=True)
    checkout.cancel(order_id=1, customer="ann@example.org")
    stocktaking.close_of_business("2024-05-06")
    shop.place_order.delay(3, "kiwi")


if __name__ == "__main__":
    main()
