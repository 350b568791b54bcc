"""XML annotation files as they come: byte order marks, UTF-16, documents made to do harm."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING

from pali_dataprep.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read_xml(path: Path) -> Element:
    """The root of an XML file.

    Raises InputError naming file and line for what is no XML, or defines entities: they can
    grow without end or name other files of the machine (defusedxml refuses them).
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    root = None if _may_declare(data) else _parsed_in_c(data)
    return _parsed_with_care(data, path) if root is None else root


def _may_declare(data: bytes) -> bool:
    """Whether there may be declarations in the document, among them entities: one of bytes alone says so in ASCII."""
    return b"<!DOCTYPE" in data or b"\0" in data


def _parsed_in_c(data: bytes) -> Element | None:
    """What declares nothing does no harm to a parser three times as fast; None where it finds a mistake."""
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        return fromstring(data)
    except (ParseError, LookupError, ValueError):
        return None


def _parsed_with_care(data: bytes, path: Path) -> Element:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(_text(data))
    except ParseError as error:
        raise InputError(f"{path}:{error.position[0]}: not XML: {str(error).partition(':')[0]}") from error
    except DefusedXmlException as error:
        raise InputError(f"{path}: the XML defines entities, which an annotation has no use for") from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown, or not that of the file
        raise InputError(f"{path}: not XML: {error}") from error
    return root


def _text(data: bytes) -> bytes | str:
    """UTF-16 by its byte order mark, whatever the XML declaration says; the rest is expat's to decode."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    return data


def text_of(element: Element, tag: str) -> str:
    """The text of a child, white space normalised; empty where there is none."""
    return " ".join((element.findtext(tag) or "").split())


def texts_of(element: Element) -> dict[str, str]:
    """`text_of` of all children, by tag: one look at each of them."""
    return {child.tag: " ".join((child.text or "").split()) for child in reversed(element)}
