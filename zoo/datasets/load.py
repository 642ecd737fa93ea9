"""Loads a data set by its name."""

from __future__ import annotations

from zoo.contract.dataset import Dataset, DatasetSource
from zoo.errors import DatasetError, PluginError
from zoo.plugins import load_plugins

__all__ = ["load_dataset"]


def load_dataset(name: str, image_shape: tuple[int, int, int] = (28, 28, 1)) -> Dataset:
    """Load a registered data set.

    Parameters
    ----------
    name : str
        ``"mnist"``, ``"mnist:PATH"``, ``"digits"``, ``"folder:PATH"`` or what a plugin adds.
    image_shape : tuple of int
        Height, width and channels to load images of any size at.

    Returns
    -------
    Dataset
        Images are uint8, (n, height, width, channels); labels are int64, (n,).

    Raises
    ------
    UnknownNameError
        When no data set of that name is registered.
    DatasetError
        When it is absent, corrupt, or its images have another shape than `image_shape`.
    PluginError
        When what the plugin loads is no `Dataset`.
    """
    source_name, _, argument = name.partition(":")
    source: DatasetSource = load_plugins().find("dataset", source_name)
    dataset = source.load(argument or None, image_shape)
    if not isinstance(dataset, Dataset):
        raise PluginError(f"The data set {source_name!r} loads {dataset!r}; its load() must return a zoo.Dataset.")
    if dataset.image_shape != image_shape:
        raise DatasetError(
            f"The data set {name!r} has images of shape {dataset.image_shape}, the model takes {image_shape}; "
            "choose a data set or a model that fits."
        )
    return dataset
