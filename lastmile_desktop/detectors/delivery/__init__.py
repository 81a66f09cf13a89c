"""Detectors of the area "Delivery and environments"."""
