"""Pictures of what the model will be taught."""

from pali_dataprep.preview.sheet import Panel, SheetLine, contact_sheet

__all__ = ["Panel", "SheetLine", "contact_sheet"]
