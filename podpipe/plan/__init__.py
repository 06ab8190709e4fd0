"""Requests and what was observed -> a list of actions. Pure."""

from podpipe.plan.actions import Action, Plan, Reason
from podpipe.plan.diff import plan_down, plan_up
from podpipe.plan.images import WantedImage, plan_images
from podpipe.plan.observed import Observed, ObservedContainer, ObservedImage, ObservedPod

__all__ = [
    "Action",
    "Observed",
    "ObservedContainer",
    "ObservedImage",
    "ObservedPod",
    "Plan",
    "Reason",
    "WantedImage",
    "plan_down",
    "plan_images",
    "plan_up",
]
