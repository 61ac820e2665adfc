"""Real projects, and what becomes of them."""
