# SPDX-License-Identifier: EUPL-1.2
"""Reading XML from outside: expat of the standard library, with everything refused that a bank's file never has.

Invariants:

- No document type, so no entity but the five built-in ones and numeric characters: nothing expands, nothing is fetched.
- Size, depth, number of elements and length of a text are bounded before memory is used for them.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import NoReturn
from xml.parsers import expat

__all__ = ["MAX_OCTETS", "XmlError", "parse_xml"]

MAX_OCTETS = 16 << 20
_MAX_DEPTH = 32
_MAX_ELEMENTS = 400_000
_MAX_TEXT = 2_000


class XmlError(Exception):
    """What is wrong, in words that repeat nothing of the document."""


@dataclass(slots=True)
class _Reading:
    builder: ET.TreeBuilder
    depth: int = 0
    elements: int = 0
    text: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        self.text = 0
        if self.depth > _MAX_DEPTH:
            raise XmlError(f"must not be deeper than {_MAX_DEPTH} levels")
        if self.elements > _MAX_ELEMENTS:
            raise XmlError(f"must not have more than {_MAX_ELEMENTS} elements")
        if sum(map(len, attributes.values())) > _MAX_TEXT:
            raise XmlError(f"must not have attributes of more than {_MAX_TEXT} characters")
        self.builder.start(name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.text = 0
        self.builder.end(name)

    def data(self, text: str) -> None:
        self.text += len(text)
        if self.text > _MAX_TEXT:
            raise XmlError(f"must not have texts of more than {_MAX_TEXT} characters")
        self.builder.data(text)


def _refuse(*_: object) -> NoReturn:
    raise XmlError("must not have a document type, entities or processing instructions")


def parse_xml(unverified: bytes) -> ET.Element:
    """The root element. Names are ``namespace}name`` with a leading brace, as in ``xml.etree``.

    Raises:
        XmlError: it is no such document.
    """
    if len(unverified) > MAX_OCTETS:
        raise XmlError(f"must not be larger than {MAX_OCTETS >> 20} MB")
    reading = _Reading(ET.TreeBuilder())
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="}")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = lambda name, attributes: reading.start(_name(name), attributes)
    parser.EndElementHandler = lambda name: reading.end(_name(name))
    parser.CharacterDataHandler = reading.data
    for refused in ("StartDoctypeDeclHandler", "EntityDeclHandler", "ExternalEntityRefHandler"):
        setattr(parser, refused, _refuse)
    parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(unverified, True)
    except expat.ExpatError as error:
        raise XmlError(f"must be well-formed XML in UTF-8 (line {error.lineno})") from None
    return reading.builder.close()


def _name(name: str) -> str:
    return "{" + name if "}" in name else name
