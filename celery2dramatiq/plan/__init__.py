"""Decides what moves: rules, closure, and everything the project then needs."""

from celery2dramatiq.plan.build import build
from celery2dramatiq.plan.model import AppPlan, Command, Finding, Plan, Scheduled, Site, TaskPlan
from celery2dramatiq.plan.needs import Need, settled

__all__ = [
    "AppPlan", "Command", "Finding", "Need", "Plan", "Scheduled", "Site", "TaskPlan", "build",
    "settled",
]  # fmt: skip
