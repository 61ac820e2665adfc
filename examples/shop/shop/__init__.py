"""A shop that does its slow work in the background."""

from shop.orders import place as place_order

__all__ = ["place_order"]
