"""Draws requests beside their floor and beside the plain script, as an SVG with a log scale."""

from __future__ import annotations

from html import escape
from math import log10
from typing import Any

WIDTH, ROW, LEFT, RIGHT, TOP = 1000, 34, 350, 90, 64
OURS, FLOOR, PLAIN = "#2f6f4f", "#111111", "#c9b48a"


def chart(rows: list[dict[str, Any]]) -> str:
    """A bar for us, one for the plain script and a mark for the floor, per case and size."""
    most = max((max(one["requests"], one["plain_requests"] or 0) for one in rows), default=1)
    top = max(1.0, log10(most))
    height = TOP + ROW * len(rows) + 20

    def x(count: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * log10(max(1, count)) / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">',
        '<g font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="16" y="24" font-size="16">Requests per run (logarithmic)</text>',
        *_legend(),
    ]
    for number, one in enumerate(rows):
        y = TOP + ROW * number
        name = f"{one['tracker']}, {one['deals']:,} deals: {one['title']}"
        parts.append(f'<text x="16" y="{y + 16}">{escape(name)}</text>')
        parts.append(_bar(x(one["requests"]) - LEFT, y + 3, OURS))
        label = f"{one['requests']:,}"
        if one["plain_requests"] is not None:
            parts.append(_bar(x(one["plain_requests"]) - LEFT, y + 15, PLAIN))
            label += f" / {one['plain_requests']:,}"
        end = max(x(one["requests"]), x(one["plain_requests"] or 0)) + 6
        parts.append(f'<text x="{end:.1f}" y="{y + 16}">{label}</text>')
        at = x(one["floor"])
        parts.append(f'<path d="M{at:.1f} {y} v26" stroke="{FLOOR}" stroke-width="2"/>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def _bar(width: float, y: int, colour: str) -> str:
    return f'<rect x="{LEFT}" y="{y}" width="{max(width, 1):.1f}" height="10" fill="{colour}"/>'


def _legend() -> list[str]:
    named = ((OURS, "Readygate"), (PLAIN, "plain script"), (FLOOR, "floor set by the API"))
    return [
        f'<rect x="{16 + 150 * number}" y="36" width="12" height="12" fill="{colour}"/>'
        f'<text x="{34 + 150 * number}" y="46">{text}</text>'
        for number, (colour, text) in enumerate(named)
    ]
