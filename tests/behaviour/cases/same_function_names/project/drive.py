import shop.orders
from shop import invoices

shop.orders.process.delay(1)
invoices.process.delay(2)
