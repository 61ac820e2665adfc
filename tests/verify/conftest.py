"""As for the command line."""

from tests.cli.conftest import plain, root

__all__ = ["plain", "root"]
