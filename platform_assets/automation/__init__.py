"""Automation: jobs to launch, and the schedule and sensors that launch them.

Here: what runs when. Not here: what a run does.
"""

from platform_assets.automation.jobs import platform_jobs
from platform_assets.automation.schedules import platform_schedules
from platform_assets.automation.sensors import platform_sensors

__all__ = ["platform_jobs", "platform_schedules", "platform_sensors"]
