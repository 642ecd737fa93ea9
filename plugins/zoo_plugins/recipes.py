"""What the recipes of the convolutional networks and their successors have in common."""

from __future__ import annotations

from zoo import Augmentation, Recipe

__all__ = ["BASE_RECIPE"]

BASE_RECIPE = Recipe(
    epochs=30,
    batch_size=128,
    learning_rate=3e-3,
    schedule="one_cycle",
    weight_decay=0.02,
    augmentation=Augmentation(rotation=12, shift=0.08, zoom=0.12, shear=8),
    plain_epochs=2,
    ema=0.998,
)
"""One cycle of AdamW on moved, turned, scaled and sheared images, the last epochs on the images as they are."""
