"""What a COCO file looks like."""

from __future__ import annotations

from pali_dataprep.formats.glimpse import Glimpse

ROBOFLOW_NAME = "_annotations.coco.json"
"""The annotations beside the images of each split, as Roboflow exports them."""

_SHAPES = ("bbox", "segmentation", "category_id", "caption", "keypoints")


def recognise(glimpse: Glimpse) -> str | None:
    """JSON with images that have a file name, or annotations of an image; or a folder of such files."""
    if not glimpse.is_folder:
        return _file(glimpse)
    for folder in (glimpse, *(glimpse.child(n) for n in ("annotations",) if n in glimpse.folders)):
        for file in folder.with_suffix(".json"):
            if why := _file(file):
                return f"{file.path.relative_to(glimpse.path)}: {why}"
    found = [name for name in glimpse.folders if ROBOFLOW_NAME in glimpse.child(name).files]
    return f"{ROBOFLOW_NAME} in {', '.join(found)}" if found else None


def _file(glimpse: Glimpse) -> str | None:
    held = glimpse.json
    if "questions" in held or glimpse.mentions("segments_info") or glimpse.mentions("question_id"):
        return None
    if held.get("images") == "start_array" and any(f"images.item.{key}" in held for key in ("file_name", "coco_url")):
        return "JSON with `images` that have a file name"
    shapes = [key for key in _SHAPES if f"annotations.item.{key}" in held]
    if shapes and "annotations.item.image_id" in held:
        return f"JSON with `annotations` that have image_id and {shapes[0]}"
    results = [key for key in _SHAPES if f"item.{key}" in held]
    if results and "item.image_id" in held:
        return f"a JSON list of results, which have image_id and {results[0]}"
    if held.get("images") == "start_array" and glimpse.mentions("annotations"):
        return "JSON with `images` and `annotations`"
    # LVIS describes its 1,230 categories in more text than is looked at, and some of its files begin with them
    if "categories.item.name" in held and any(map(glimpse.mentions, ("image_id", "file_name", "coco_url"))):
        return "JSON with `categories`, and images or annotations at its end"
    return None
