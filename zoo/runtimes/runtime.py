"""The old path of `zoo.check_images`, for runtimes that were written against it."""

from zoo.contract.runtime import check_images

__all__ = ["check_images"]
