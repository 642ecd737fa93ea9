"""Turns a pack's Keras model into other formats, and delivers only what computes the same function."""
