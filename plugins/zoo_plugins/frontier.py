"""The frontier: one small network in six sizes, as accurate as its parameters allow.

A convolution halves the image; three stages of separable convolutions work at 14 x 14, 7 x 7 and 3 x 3; the mean over
the last image feeds one dense layer. The smallest member has one stage, whose convolutions shrink the image themselves.
What makes few parameters count:

- depthwise and pointwise convolution (Sifre 2014; Howard et al. 2017, https://arxiv.org/abs/1704.04861) with nothing
  between the two: on the validation images a normalisation there gained nothing;
- BatchNorm without its scale, most of which the next convolution can learn as well;
- depth before width: on the validation images, more and thinner layers did better with as many parameters;
- residual connections (He et al. 2015, https://arxiv.org/abs/1512.03385) wherever the shape stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from zoo import Architecture, Recipe
from zoo_plugins.blocks import batch_norm
from zoo_plugins.recipes import LIGHT, MEDIUM, MILD, STRONG, TEACHER

if TYPE_CHECKING:
    import keras

__all__ = ["FRONTIER"]


@dataclass(frozen=True)
class Size:
    """A member of the family."""

    stem: int  # filters of the first convolution
    stages: tuple[tuple[int, ...], ...]  # filters of each layer of each stage
    kernel: int = 5  # of the first convolution, with stride 2; or 3 and pooling, where 5 takes too many parameters
    padding: str = "same"  # "valid": the image shrinks from layer to layer, instead of pooling

    def build(self, input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
        """Stem, stages with pooling between, mean, dense layer; shapes in the comments are for 28 x 28 x 1."""
        import keras
        from keras import layers

        image = keras.Input(input_shape, name="image")
        strides = 2 if self.kernel == 5 else 1
        x = layers.Conv2D(self.stem, self.kernel, strides, padding=self.padding, use_bias=False)(image)
        if strides == 1:
            x = layers.MaxPooling2D()(x)
        x = _norm_relu(x)  # (n, 14, 14, stem)
        for number, stage in enumerate(self.stages):
            if number:
                x = layers.MaxPooling2D()(x)  # (n, 7, 7, ...), then (n, 3, 3, ...)
            for filters in stage:
                x = _separable(x, filters, self.padding)
        x = layers.GlobalAveragePooling2D()(x)  # (n, filters of the last stage)
        return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


def _separable(x: Any, filters: int, padding: str) -> Any:
    """Depthwise 3 x 3, pointwise, BatchNorm and ReLU; around them a residual connection where the shape allows it."""
    from keras import layers

    y = layers.DepthwiseConv2D(3, padding=padding, use_bias=False)(x)
    y = layers.Conv2D(filters, 1, use_bias=False)(y)
    return _norm_relu(y, x if x.shape == y.shape else None)


def _norm_relu(x: Any, residual: Any = None) -> Any:
    from keras import layers

    x = batch_norm(x, scale=False)
    if residual is not None:
        x = layers.Add()([residual, x])
    return layers.ReLU()(x)


SIZES = {
    "1k": Size(7, ((9, 9, 10, 11),), kernel=3, padding="valid"),
    "3k": Size(8, ((16, 16), (16, 16, 16), (24,)), kernel=3),
    "10k": Size(16, ((32, 32), (40, 40), (56,))),
    "25k": Size(24, ((48, 48, 48), (64, 64), (80,))),
    "100k": Size(32, ((96, 96, 96), (128, 128, 128), (144,))),
    "1m": Size(64, ((160, 160, 160), (320, 320, 320, 320), (480, 480))),
}

LARGE = Recipe(
    epochs=36,
    learning_rate=1e-2,
    schedule="one_cycle",
    warmup=0.2,
    weight_decay=0.02,
    augmentation=STRONG,
    plain_epochs=2,
    ema=0.999,
)
# A small network gains more from what a larger one answers than from the labels.
TAUGHT = replace(LARGE, teacher=TEACHER)
# The smaller the network, the less there is to regularise and the longer it takes.
RECIPES = {
    "1k": replace(TAUGHT, epochs=100, learning_rate=2e-2, weight_decay=0.001, augmentation=LIGHT, plain_epochs=5),
    "3k": replace(TAUGHT, epochs=60, weight_decay=0.01, augmentation=MILD, plain_epochs=4),
    "10k": replace(TAUGHT, epochs=50, weight_decay=0.01, augmentation=MEDIUM, plain_epochs=3),
    "25k": replace(TAUGHT, epochs=40, augmentation=MEDIUM),
    "100k": LARGE,
    "1m": LARGE,
}

# Begins with the pack for MNIST; what people draw varies by itself, so that augmentation is mild.
DRAWN = replace(
    LARGE, dataset="canvas", epochs=12, learning_rate=4e-3, weight_decay=0.01, augmentation=MEDIUM, plain_epochs=1
)
# The smallest is augmented less, as for MNIST; 30 epochs did better than 12 (results/recipe_trials.csv).
CANVAS_RECIPES = {
    "3k": replace(DRAWN, init="frontier_3k.mnist", epochs=30, augmentation=MILD, plain_epochs=2),
    "10k": replace(DRAWN, init="frontier_10k.mnist"),
    "100k": replace(DRAWN, init="frontier_100k.mnist"),
}

FRONTIER = [
    Architecture(
        name=f"frontier_{name}",
        build=size.build,
        summary=f"Separable convolutions, at most {name} parameters",
        reference="Howard et al. 2017, https://arxiv.org/abs/1704.04861",
        license="Apache-2.0",
        recipes={"mnist": RECIPES[name]} | ({"canvas": CANVAS_RECIPES[name]} if name in CANVAS_RECIPES else {}),
    )
    for name, size in SIZES.items()
]
