"""Rules that judge data: one module a family, every rule by its code in RULES.

Codes SRC1xx are given by readers on a source as a whole, SEL1xx by the selection the
user asked for, QLT1xx by the round trip of masks, BUD1xx by the token budget; they are listed in REPORTED.
"""

from typing import Any

from pali_dataprep.findings import Severity
from pali_dataprep.rules import annotation, image, question, text
from pali_dataprep.rules.base import Rule

__all__ = ["NAMES", "REPORTED", "RULES", "Rule"]

_FAMILIES: tuple[tuple[Rule[Any], ...], ...] = (annotation.RULES, image.RULES, question.RULES, text.RULES)
RULES: dict[str, Rule[Any]] = {rule.code: rule for family in _FAMILIES for rule in family}

REPORTED: dict[str, tuple[str, Severity, bool, str]] = {
    "SRC101": (
        "unlisted-image",
        Severity.WARNING,
        True,
        "The annotation's image is not among the images of the file. Often a filtered copy whose annotations were not.",
    ),
    "SRC102": (
        "duplicate-image-id",
        Severity.ERROR,
        False,
        "Two images share an id, so their annotations cannot be told apart.",
    ),
    "SRC103": (
        "duplicate-category-name",
        Severity.NOTE,
        False,
        "Several category ids have one name. A prefix names classes, so they become one class.",
    ),
    "SRC104": (
        "placeholder-category",
        Severity.NOTE,
        False,
        "A category without annotations that only groups others, as Roboflow exports it. It is asked for in no prefix.",
    ),
    "SRC105": ("malformed-category", Severity.ERROR, False, "A category lacks a name or an id."),
    "SRC106": (
        "duplicate-category-id",
        Severity.ERROR,
        False,
        "Two categories share an id, so an annotation's class is unknown.",
    ),
    "TXT103": (
        "class-not-asked-for",
        Severity.WARNING,
        False,
        "A class's label is empty or holds a reserved character, so no prefix asks for it. `--rename` gives another.",
    ),
    "SRC121": (
        "taken-for",
        Severity.NOTE,
        False,
        "What the reader took the files for, where it had to tell from what they hold. An option says otherwise.",
    ),
    "SRC122": (
        "mask-without-image",
        Severity.WARNING,
        True,
        "No image belongs to the mask. `--images`, `--mask-pattern` and `--image-pattern` say how they pair.",
    ),
    "SRC123": (
        "image-without-annotation",
        Severity.WARNING,
        True,
        "No mask or annotation file belongs to the image, so nobody knows what it shows.",
    ),
    "SRC133": (
        "subsets-joined",
        Severity.WARNING,
        False,
        "Masks lie in folders called train, valid, test, and go to one file, so that the model is tested on pictures "
        "it was taught.",
    ),
    "SRC124": (
        "parts-left-out",
        Severity.NOTE,
        False,
        "Objects have parts with boxes of their own (Pascal VOC's heads, hands and feet). `parts=true` writes them.",
    ),
    "SRC125": (
        "in-no-list",
        Severity.WARNING,
        True,
        "An annotation file that no list of the set names, so it belongs to no subset. Often the lists are older.",
    ),
    "SRC126": (
        "deleted-shapes",
        Severity.NOTE,
        False,
        "Shapes that somebody has deleted, and that LabelMe's XML keeps with a mark; they are no objects.",
    ),
    "SRC129": (
        "shapes-of-no-class",
        Severity.NOTE,
        False,
        "Shapes labelled `__ignore__` or `_background_`, labelme's own names for what is no object of any class.",
    ),
    "SRC127": (
        "classes-without-names",
        Severity.WARNING,
        False,
        "Nothing gives Open Images' classes their names, so that rows ask for `/m/01g317`. `classes=FILE` names them.",
    ),
    "SRC128": (
        "nothing-known-absent",
        Severity.NOTE,
        False,
        "The source looks for a few classes in each picture and does not say for which, so no row asks in vain.",
    ),
    "SRC107": (
        "labels-without-image",
        Severity.WARNING,
        True,
        "A label file has no image of its name. The image was lost or renamed, or lies in another folder.",
    ),
    "SRC108": (
        "missing-subset",
        Severity.WARNING,
        True,
        "A folder or list of images that the source names is not there; the rest is converted.",
    ),
    "SRC109": (
        "folder-outside-root",
        Severity.ERROR,
        True,
        "A folder or list that the source names, or a symbolic link in it, leads outside the image root. "
        "`--images` names another root, `--allow-outside` permits it.",
    ),
    "SRC131": (
        "unknown-question",
        Severity.WARNING,
        True,
        "Answers to a question that is not in the question file. Often annotations of another split.",
    ),
    "SRC132": (
        "answered-twice",
        Severity.ERROR,
        False,
        "Two annotations answer one question id, so its answers are not known.",
    ),
    "SRC110": (
        "shared-between-subsets",
        Severity.WARNING,
        False,
        "Two subsets name the same folder or list, so that the model is tested on pictures it was taught.",
    ),
    "SRC111": (
        "annotation-without-image",
        Severity.ERROR,
        True,
        "The annotation's `image_id` is missing or no id, so nobody can say which picture it belongs to.",
    ),
    "WRT101": (
        "parts-joined",
        Severity.NOTE,
        False,
        "A YOLO row holds one ring, and the mask has several parts: lines join them, as Ultralytics does. "
        "By the even-odd rule (pycocotools, `yolo2jsonl`) the mask is the same; OpenCV draws the lines a pixel wide.",
    ),
    "WRT102": (
        "holes-joined",
        Severity.NOTE,
        False,
        "A YOLO row holds one ring, and the mask has holes: lines join their outlines to the one around. "
        "The holes stay holes by the even-odd rule, which pycocotools and OpenCV's `fillPoly` go by.",
    ),
    "WRT103": ("no-mask-to-write", Severity.WARNING, True, "A row of a polygon was asked for, and there is no mask."),
    "WRT105": (
        "crowd-not-marked",
        Severity.NOTE,
        False,
        "The format has no mark for a region of many objects, so that it looks like one object to whoever reads it.",
    ),
    "WRT104": ("mask-not-written", Severity.NOTE, False, "The format that was asked for holds boxes only."),
    "SEL101": (
        "crowd",
        Severity.NOTE,
        True,
        "`iscrowd` marks a region of many objects; as one box or mask it teaches wrongly. `--crowd keep` keeps it.",
    ),
    "SEL102": ("category-not-wanted", Severity.NOTE, True, "Left out by `--categories` or `--exclude`."),
    "SEL103": ("too-small", Severity.NOTE, True, "Left out by `--min-area` or `--min-side`."),
    "SEL104": (
        "image-without-objects",
        Severity.NOTE,
        True,
        "No object is left to write, and `--empty skip` is given.",
    ),
    "SEL106": (
        "nothing-to-ask-for",
        Severity.NOTE,
        True,
        "No object is left to write and no class is known to be absent, so there is none to ask for in vain.",
    ),
    "SEL105": ("image-without-caption", Severity.WARNING, True, "`--task caption` and the image has no caption."),
    "SEL107": (
        "question-without-image",
        Severity.WARNING,
        True,
        "The question is about no picture (half of ScienceQA is text alone), and a row needs one.",
    ),
    "SEL108": (
        "later-turn",
        Severity.NOTE,
        True,
        "A later question of a conversation. It may not stand without the talk before it; `--turns all` writes it.",
    ),
    "SEL109": (
        "flagged",
        Severity.NOTE,
        True,
        "The source marks the object with a word that `--exclude-flags` names, such as `difficult` or `depiction`.",
    ),
    "SEL110": (
        "ambiguous-expression",
        Severity.WARNING,
        True,
        "With `--task refcoco` an expression is answered by one object, and this one names several of the image.",
    ),
    "SEL111": (
        "illegible",
        Severity.NOTE,
        True,
        "The source marks the text as one that cannot be read (`###`, `.`), so there is nothing to teach.",
    ),
    "SEL112": (
        "names-nothing",
        Severity.NOTE,
        True,
        "The expression names nothing in the picture (gRefCOCO). `detect` and `segment` ask for it in vain, in a row "
        "with an empty suffix; this task has no way to say so.",
    ),
    "QLT101": (
        "low-mask-iou",
        Severity.WARNING,
        False,
        "The mask comes back from its codewords below `--min-mask-iou`: thin, holed, tiny and many-part masks are what "
        "the codebook tells worst. `--below-min-iou` says what to do with it; `inspect --sample worst-iou` shows it.",
    ),
    "QLT102": (
        "mask-dropped-for-iou",
        Severity.WARNING,
        True,
        "The mask comes back below `--min-mask-iou` and was left out: the model is taught to miss the object.",
    ),
    "QLT103": (
        "mask-written-as-box",
        Severity.WARNING,
        True,
        "The mask comes back below `--min-mask-iou`. It is left out of the `segment` row, and the image has a `detect` "
        "row with the boxes of all objects of its class.",
    ),
    "BUD101": (
        "over-budget",
        Severity.WARNING,
        True,
        "The row has more tokens than the limit. A trainer would cut it silently; `--overflow` says what to do.",
    ),
    "BUD102": (
        "object-dropped-for-budget",
        Severity.WARNING,
        True,
        "An object was left out to meet the limit: the model is taught to miss it. The manifest names each one.",
    ),
}
"""Codes given outside the checks of one item: name, severity, whether something is left out, and the page."""

NAMES: dict[str, str] = {code: rule.name for code, rule in RULES.items()} | {c: r[0] for c, r in REPORTED.items()}
"""Every code a run can report, with its name."""
