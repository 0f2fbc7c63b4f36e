"""A picture edited to match in one form only: the slow way, on pixels, that `matcher/local/views.py` spares."""

import numpy as np
import numpy.typing as npt

from matcher.local.views import Form


def shown_as(picture: npt.NDArray[np.uint8], form: Form) -> npt.NDArray[np.uint8]:
    """Return what a query must show to match the picture in this form."""
    turned = picture[:, ::-1] if form.is_mirrored else picture
    return np.ascontiguousarray(255 - turned if form.is_inverted else turned)
