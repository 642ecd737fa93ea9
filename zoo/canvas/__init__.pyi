# lazy_loader reads this file, so that each name is imported when it is first used.
from ._spec import IMAGE_SHAPE as IMAGE_SHAPE
from ._spec import SPEC_ID as SPEC_ID
from .files import EXTENSIONS as EXTENSIONS
from .files import open_image as open_image
from .files import raw_image as raw_image
from .pixels import from_image as from_image
from .rows import split_image as split_image
from .rows import split_strokes as split_strokes
from .strokes import BlankImageError as BlankImageError
from .strokes import from_strokes as from_strokes
from .strokes import paint as paint

__all__: list[str]
