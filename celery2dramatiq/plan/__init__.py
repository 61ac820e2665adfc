"""Decides what moves: rules, closure, and everything the project then needs."""

from celery2dramatiq.plan.build import build
from celery2dramatiq.plan.model import AppPlan, Command, Finding, Plan, Site, TaskPlan

__all__ = ["AppPlan", "Command", "Finding", "Plan", "Site", "TaskPlan", "build"]
