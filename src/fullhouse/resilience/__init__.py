"""Staying up: the mechanisms that keep the promises, none of which knows the business."""
