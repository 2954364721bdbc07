"""ADF's panel types as GitHub alerts."""

from typing import Final

PANELS: Final = {
    "info": "NOTE",
    "note": "IMPORTANT",
    "tip": "TIP",
    "success": "TIP",
    "warning": "WARNING",
    "error": "CAUTION",
    "custom": "NOTE",
}
