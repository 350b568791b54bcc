"""Questions about images with their answers."""

from pali_dataprep.formats.vqa.read import read

__all__ = ["read"]
