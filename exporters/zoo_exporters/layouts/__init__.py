"""Trees of files that servers and devices take as they are, one file each."""

from __future__ import annotations

from zoo_exporters.layouts.c_array import C_ARRAY
from zoo_exporters.layouts.kserve import KSERVE
from zoo_exporters.layouts.ovms import OVMS
from zoo_exporters.layouts.tfserving import TFSERVING
from zoo_exporters.layouts.triton import TRITON

__all__ = ["LAYOUTS"]

LAYOUTS = (TRITON, TFSERVING, OVMS, KSERVE, C_ARRAY)
