"""Digits that people drew with a pen, as strokes and as the images that they become."""
