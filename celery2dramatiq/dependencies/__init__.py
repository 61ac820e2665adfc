"""The lists of requirements that a project has: where they are, and what is spliced into them."""
