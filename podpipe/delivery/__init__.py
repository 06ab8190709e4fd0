"""From a branch to production: rebuild, test, swap, roll back, and what is kept of the way."""

from podpipe.delivery.delivery import Delivery

__all__ = ["Delivery"]
