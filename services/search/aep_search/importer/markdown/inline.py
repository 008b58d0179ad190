"""Plain text, addresses and note marks of Markdown's inline nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markdown_it.tree import SyntaxTreeNode

from aep_search.importer.decode import squeeze
from aep_search.importer.model import Footnote

_MARK = re.compile(r"\[\^([^\]\s]{1,60})\]")
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


@dataclass(frozen=True, slots=True)
class Inline:
    text: str
    links: tuple[str, ...] = ()
    footnotes: tuple[Footnote, ...] = ()


def read_inline(nodes: Iterable[SyntaxTreeNode], notes: Mapping[str, str]) -> Inline:
    """The text below the nodes without signs; `notes` are the known notes by label."""
    texts: list[str] = []
    links: list[str] = []
    for node in nodes:
        _collect(node, texts, links)
    cited = [mark for mark in _MARK.findall("".join(texts)) if mark in notes]
    text = _MARK.sub(lambda mark: "" if mark[1] in notes else mark[0], "".join(texts))
    footnotes = tuple(Footnote(mark, notes[mark]) for mark in dict.fromkeys(cited))
    return Inline("\n".join(filter(None, map(squeeze, text.split("\n")))), tuple(links), footnotes)


def _collect(node: SyntaxTreeNode, texts: list[str], links: list[str]) -> None:
    if node.type in _BREAKS:
        texts.append(_BREAKS[node.type])
    elif not node.children:
        texts.append(node.content)
    for child in node.children:
        _collect(child, texts, links)
    if node.type in ("link", "image"):
        links.append(str(node.attrs.get("href") or node.attrs.get("src") or ""))
        if node.attrs.get("title"):
            texts.append(f" ({node.attrs['title']})")
