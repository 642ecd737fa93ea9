"""One trainer for every architecture: recipes as data, augmentation, resuming, distillation."""
