"""Mechanisms that keep the program up under failures: caches, consistency rules. No business."""
