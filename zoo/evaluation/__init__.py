"""Judges models: metrics on labelled images, calibration, and the parity of two models."""
