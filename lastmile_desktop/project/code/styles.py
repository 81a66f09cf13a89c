"""What a style sheet does to people: colours that cannot be read, focus that cannot be seen, motion that cannot
be stopped."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Barrier
from lastmile_desktop.project.lines import line_at

Rgb = tuple[float, float, float]

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLOCK = re.compile(r"([^{};]{1,600})\{([^{}]{0,60000})\}")
_TOKEN = re.compile(r"--([\w-]{1,60})\s*:\s*([^;}]{1,120})")
_TOKEN_BLOCK = re.compile(r"(?:^|[\s,])(:root|\.dark|\[data-theme[^\]]*\]|@theme|html)(?=[\s,]|$)")
_HSL = re.compile(
    r"^(?:hsla?\(\s*)?(-?[\d.]+)(?:deg)?[\s,]+([\d.]+)%[\s,]+([\d.]+)%\s*(?:/\s*1(?:\.0)?\s*)?\)?$"
)
_RGB = re.compile(r"^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)\s*\)$")
_OKLCH = re.compile(r"^oklch\(\s*([\d.]+)(%?)\s+([\d.]+)\s+([\d.]+)(?:deg)?\s*\)$")
_HEX = re.compile(r"^#([0-9a-f]{3}|[0-9a-f]{6})$", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"outline\s*:\s*(?:none|0(?:px)?)\b|outline-(?:width|style)\s*:\s*(?:0|none)\b")
_SHOWN = re.compile(r"box-shadow|border(?:-\w+)?\s*:|border-color|background|text-decoration|outline-offset")
_FOCUSED = re.compile(r":focus(?!-within|-visible)|:focus-visible")
_EVERYTHING = re.compile(r"^\s*\*\s*$|^\s*\*\s*:|(?:^|,)\s*(?:a|button|input|select|textarea)(?=[\s,:{]|$)")
_ENDLESS = re.compile(r"animation[^;{}]{0,120}\binfinite\b")
_LEAST_CONTRAST = 4.5
_PAIRS = (
    ("foreground", "background"),
    ("card-foreground", "card"),
    ("popover-foreground", "popover"),
    ("primary-foreground", "primary"),
    ("secondary-foreground", "secondary"),
    ("muted-foreground", "background"),
    ("accent-foreground", "accent"),
    ("destructive-foreground", "destructive"),
)


@dataclass(frozen=True, slots=True)
class _Block:
    selector: str
    body: str
    line: int


def barriers(text: str) -> tuple[Barrier, ...]:
    """Every barrier of a style sheet in source order."""
    bare = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    blocks = tuple(_blocks(bare))
    found = [*_contrast(blocks), *_focus(blocks), *_motion(blocks)]
    return tuple(sorted(found, key=lambda item: (item.line, item.kind, item.detail)))


def contrast(one: Rgb, two: Rgb) -> float:
    """The WCAG contrast ratio of two colours."""
    lighter, darker = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colour(value: str) -> Rgb | None:
    """Red, green and blue between 0 and 1; None for what is not a plain colour."""
    text = value.strip().lower()
    if match := _HEX.match(text):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return (int(digits[:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:], 16) / 255)
    if match := _RGB.match(text):
        return (float(match[1]) / 255, float(match[2]) / 255, float(match[3]) / 255)
    if match := _HSL.match(text):
        return _from_hsl(float(match[1]), float(match[2]) / 100, float(match[3]) / 100)
    if match := _OKLCH.match(text):
        lightness = float(match[1]) / (100 if match[2] else 1)
        return _from_oklch(lightness, float(match[3]), float(match[4]))
    return {"white": (1.0, 1.0, 1.0), "black": (0.0, 0.0, 0.0)}.get(text)


def _blocks(text: str) -> Iterator[_Block]:
    for match in _BLOCK.finditer(text):
        yield _Block(match[1].strip(), match[2], line_at(text, match.start(2)))


def _contrast(blocks: tuple[_Block, ...]) -> Iterator[Barrier]:
    for block in blocks:
        if not _TOKEN_BLOCK.search(block.selector):
            continue
        tokens = {match[1].removeprefix("color-"): match for match in _TOKEN.finditer(block.body)}
        for text_name, ground_name in _PAIRS:
            if text_name not in tokens or ground_name not in tokens:
                continue
            text, ground = colour(tokens[text_name][2]), colour(tokens[ground_name][2])
            if text is None or ground is None:
                continue
            ratio = contrast(text, ground)
            if ratio < _LEAST_CONTRAST:
                line = block.line + block.body.count("\n", 0, tokens[text_name].start())
                detail = f"{text_name} on {ground_name}: {math.floor(ratio * 10) / 10}"
                yield Barrier("colour-token-contrast", line, 1, f"{block.selector[-40:]} {detail}", 0.9)


def _focus(blocks: tuple[_Block, ...]) -> Iterator[Barrier]:
    replaced = any(
        ":focus-visible" in block.selector and not _NOT_SHOWN.search(block.body) for block in blocks
    )
    for block in blocks:
        gone = _NOT_SHOWN.search(block.body)
        if gone is None or _SHOWN.search(block.body) or ("focus-visible" in block.selector and replaced):
            continue
        aimed = _FOCUSED.search(block.selector) or _EVERYTHING.search(block.selector)
        if aimed and not (replaced and ":not(:focus-visible)" in block.selector) and not replaced:
            line = block.line + block.body.count("\n", 0, gone.start())
            yield Barrier("focus-outline-removed", line, 1, block.selector[-60:], 0.85)


def _motion(blocks: tuple[_Block, ...]) -> Iterator[Barrier]:
    for block in blocks:
        match = _ENDLESS.search(block.body)
        if match is not None:
            line = block.line + block.body.count("\n", 0, match.start())
            yield Barrier("motion", line, 1, block.selector[-60:], 0.6)
            return


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _from_hsl(hue: float, saturation: float, lightness: float) -> Rgb:
    chroma = saturation * min(lightness, 1 - lightness)

    def part(offset: int) -> float:
        position = (offset + hue / 30) % 12
        return lightness - chroma * max(-1, min(position - 3, 9 - position, 1))

    return (part(0), part(8), part(4))


def _from_oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    red, green, blue = (_encoded(part) for part in linear)
    return (red, green, blue)


def _encoded(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
