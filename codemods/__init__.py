"""What is migrated: one construct, one file; found by `celery2dramatiq.codemod.load()`."""
