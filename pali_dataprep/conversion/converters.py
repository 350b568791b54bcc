"""The library calls behind the converter commands: open what is needed, convert, leave a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from pali_dataprep.conversion.pipeline import Conversion, Progress
from pali_dataprep.conversion.report import Report
from pali_dataprep.formats import FORMATS, Dataset
from pali_dataprep.formats.recognition import AUTO, read_source
from pali_dataprep.manifest import CodebookRecord, Manifest, record_file, write_manifest
from pali_dataprep.options import ConvertOptions, MaskOptions, Task, VqaOptions, YoloRows
from pali_dataprep.tokens.tokenizer import open_counter
from pali_dataprep.version import __version__
from pali_dataprep.vqvae import open_codec
from pali_dataprep.vqvae.weights import OFFICIAL

if TYPE_CHECKING:
    from pali_dataprep.vqvae.codec import MaskCodec


class RunOptions(TypedDict, total=False):
    """How a conversion is run, whatever it converts.

    `codebook` is `official` (default), `stand-in` or a path, and `device` `auto`, `cpu` or `gpu`; both matter
    to masks only. `tokenizer` names PaliGemma's tokenizer for exact counts. With `dry_run` nothing is written.
    """

    codebook: str
    device: str
    tokenizer: Path | str | None
    overwrite: bool
    dry_run: bool


def coco2jsonl(
    annotations: Path | str,
    out: Path | str,
    options: ConvertOptions | None = None,
    *,
    images: Path | str | None = None,
    ground_truth: Path | str | None = None,
    low_memory: bool = False,
    subsets: Sequence[str] = (),
    merge: bool = False,
    **run: Unpack[RunOptions],
) -> Report:
    """Convert COCO annotations to PaliGemma JSONL, as the command of the same name does.

    `images` is the folder `file_name` is relative to (default: the annotations' folder). With
    `low_memory` annotations are kept on disk. Of a folder with a file for each subset, several `subsets`
    (default: all) go to a file each, `out.train.jsonl` and so on, unless `merge`.
    Raises PaliDataprepError (see `errors.py`); nothing is written then.
    """
    source = Path(annotations)
    dataset = FORMATS["coco"].read(
        source,
        images=_path(images),
        ground_truth=_path(ground_truth),
        low_memory=low_memory,
        subsets=subsets,
        merge=merge,
    )
    folder = dataset.image_root(_path(images))
    return convert_dataset(dataset, Path(out), options or ConvertOptions(), "coco2jsonl", folder, **run)


def yolo2jsonl(
    source: Path | str,
    out: Path | str,
    options: ConvertOptions | None = None,
    *,
    images: Path | str | None = None,
    names: Path | str | None = None,
    subsets: Sequence[str] = (),
    merge: bool = False,
    rows: YoloRows = YoloRows.AUTO,
    **run: Unpack[RunOptions],
) -> Report:
    """Convert a YOLO set to PaliGemma JSONL, as the command of the same name does.

    `source` is a data.yaml, an obj.data, a file of class names, or the folder of one. Several
    `subsets` (default: all) go to a file each, `out.train.jsonl` and so on, unless `merge`.
    `images` replaces the folder its paths are relative to, `names` its class names.
    Raises as `coco2jsonl` does.
    """
    settled = options or ConvertOptions()
    dataset = FORMATS["yolo"].read(
        Path(source),
        images=_path(images),
        names=_path(names),
        subsets=subsets,
        merge=merge,
        rows=rows,
        allow_outside=settled.allow_outside,
    )
    return convert_dataset(dataset, Path(out), settled, "yolo2jsonl", dataset.image_root(), **run)


def masks2seg(
    masks: Path | str,
    out: Path | str,
    options: ConvertOptions | None = None,
    *,
    images: Path | str | None = None,
    reading: MaskOptions | None = None,
    **run: Unpack[RunOptions],
) -> Report:
    """Convert mask files to PaliGemma JSONL, as the command of the same name does.

    `masks` is a folder of masks or the set it belongs to, one mask file, or a COCO panoptic JSON;
    `images` the folder of the images, or the image of one mask, where the layout does not say;
    `reading` how files are paired and read. Without `options` the task is `segment`.
    Raises as `coco2jsonl` does.
    """
    source = Path(masks)
    dataset = FORMATS["masks"].read(source, images=_path(images), options=reading)
    settled = options or ConvertOptions(task=Task.SEGMENT)
    return convert_dataset(dataset, Path(out), settled, "masks2seg", dataset.image_root(), **run)


def vqa2jsonl(
    questions: Path | str,
    out: Path | str,
    options: ConvertOptions | None = None,
    *,
    images: Path | str | None = None,
    reading: VqaOptions | None = None,
    **run: Unpack[RunOptions],
) -> Report:
    """Convert questions about images to PaliGemma JSONL, as the command of the same name does.

    `questions` is a file or a folder of files of one kind, `images` the folder image names are
    relative to (default: the questions' folder), `reading` where the entries keep what a row
    needs. Without `options` the task is `answer`. Raises as `coco2jsonl` does.
    """
    source = Path(questions)
    dataset = FORMATS["vqa"].read(source, images=_path(images), options=reading)
    settled = options or ConvertOptions(task=Task.ANSWER)
    return convert_dataset(dataset, Path(out), settled, "vqa2jsonl", dataset.image_root(), **run)


def convert(
    source: Path | str,
    out: Path | str,
    options: ConvertOptions | None = None,
    *,
    format: str = AUTO,
    images: Path | str | None = None,
    reading: Mapping[str, object] | None = None,
    **run: Unpack[RunOptions],
) -> Report:
    """Convert a source of any format to PaliGemma JSONL, as the command of the same name does.

    `format` is a key of `FORMATS`, or `auto`: then it is told from the source. `images` is the folder
    image names are relative to, where the source does not say; `reading` holds the format's own
    options by name, as `pali-dataprep formats NAME` lists them. Without `options` the task is what the
    source is made for. Raises as `coco2jsonl` does; InputError also where the format cannot be told.
    """
    outside = options is not None and options.allow_outside
    dataset = read_source(Path(source), format, reading, images=_path(images), allow_outside=outside)
    settled = options or ConvertOptions(task=dataset.task)
    return convert_dataset(dataset, Path(out), settled, "convert", dataset.image_root(_path(images)), **run)


def _path(given: Path | str | None) -> Path | None:
    return Path(given) if given is not None else None


def convert_dataset(
    dataset: Dataset, out: Path, options: ConvertOptions, command: str, images: Path, **run: Unpack[RunOptions]
) -> Report:
    """Convert a dataset of any format; `images` is the folder its file names are relative to.

    The manifest names `command`. Raises as `coco2jsonl` does.
    """
    dry_run = run.get("dry_run", False)
    codec = codec_for(options, run.get("codebook", OFFICIAL), run.get("device", "auto"), dry_run=dry_run)
    counter = open_counter(_path(run.get("tokenizer")))
    conversion = Conversion(dataset, out, options, images=images, counter=counter, codec=codec)
    return run_with_manifest(conversion, command, overwrite=run.get("overwrite", False), dry_run=dry_run)


def codec_for(options: ConvertOptions, codebook: str, device: str, *, dry_run: bool = False) -> MaskCodec | None:
    """The codec a conversion needs: none for rows without masks, nor for a dry run that measures none."""
    if not options.task.wants_masks or (dry_run and options.min_mask_iou is None):
        return None
    return open_codec(codebook, device=device)


def run_with_manifest(
    conversion: Conversion,
    command: str,
    *,
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Run a conversion and write the manifest of each output."""
    report = conversion.run(overwrite=overwrite, dry_run=dry_run, progress=progress)
    if not dry_run:
        for split, path in conversion.outputs().items():
            write_manifest(_manifest(conversion, command, split, path), path)
    return report


def _manifest(conversion: Conversion, command: str, split: str | None, path: Path) -> Manifest:
    codec = conversion.codec
    return Manifest(
        tool_version=__version__,
        command=command,
        options=_plain({**asdict(conversion.options), **conversion.dataset.reading}),
        grid=conversion.options.grid.value,
        codebook=CodebookRecord(name=codec.name, sha256=codec.sha256) if codec else None,
        split=split,
        inputs=[record_file(p) for p in conversion.dataset.inputs],
        output=record_file(path),
        report=conversion.report.to_dict(),
    )


def _plain(value: Any) -> Any:
    """Enums to their values, tuples to lists: what JSON holds."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return getattr(value, "value", value)
