"""Ordered lists of Markdown: numbered paragraphs of the document, or lists like any other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.tree import SyntaxTreeNode

from aep_search.importer.markdown.inline import read_inline

_FEWEST_NUMBERED = 3


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of the document's paragraphs and the lines they open on; empty where lists are lists."""

    numbers: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def name_at(self, line: int) -> str:
        """The name of text without a number on this line."""
        coming = bisect_right(self.lines, line)
        return f"before-{self.numbers[coming]}" if coming < len(self.numbers) else f"after-{self.numbers[-1]}"

    def gaps(self) -> list[str]:
        used = set(self.numbers)
        return [str(number) for number in range(1, max(used, default=0)) if number not in used]

    def doubled(self) -> list[str]:
        return [str(number) for above, number in pairwise(self.numbers) if number == above]


def find_numbers(root: SyntaxTreeNode) -> Numbers:
    """Ordered lists number the document where numbers never fall and most paragraphs have one."""
    lists = [node for node in root.children if node.type == "ordered_list"]
    items = [item for node in lists for item in node.children if _has_text(item)]
    numbers = tuple(int(item.info) for item in items)
    others = sum(node.type in ("paragraph", "bullet_list") for node in root.children)
    rising = all(above <= number for above, number in pairwise(numbers))
    if not rising or len(numbers) < max(_FEWEST_NUMBERED, others) or max(numbers) >= 1000:
        return Numbers()
    return Numbers(numbers, tuple((item.map or (0, 1))[0] + 1 for item in items))


def _has_text(item: SyntaxTreeNode) -> bool:
    return any(node.type in ("inline", "fence", "code_block") for node in item.walk())


def item_text(item: SyntaxTreeNode, notes: Mapping[str, str]) -> str:
    """The text of one item, a blank line between its blocks."""
    return "\n\n".join(_block_text(child, notes, "") for child in item.children)


def list_text(node: SyntaxTreeNode, notes: Mapping[str, str], indent: str = "") -> str:
    """One line an item, its number or a dash in front, deeper lists indented."""
    lines: list[str] = []
    for item in node.children:
        label = f"{item.info}." if node.type == "ordered_list" else "-"
        blocks = [_block_text(child, notes, indent) for child in item.children]
        lines.append(f"{indent}{label} " + "\n".join(blocks))
    return "\n".join(lines)


def _block_text(node: SyntaxTreeNode, notes: Mapping[str, str], indent: str) -> str:
    if node.type in ("ordered_list", "bullet_list"):
        return list_text(node, notes, indent + "  ")
    if node.type in ("fence", "code_block"):
        return node.content.strip("\n")
    if node.type == "blockquote":
        return "\n".join(_block_text(child, notes, indent) for child in node.children)
    inlines = [inline for inline in node.walk() if inline.type == "inline"]
    return "\n".join(read_inline([inline], notes).text for inline in inlines)
