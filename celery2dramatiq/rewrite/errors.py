"""What goes wrong while a file is rewritten."""

from __future__ import annotations


class Unprintable(Exception):
    """A file that cannot be rewritten without the risk of changing something else."""
