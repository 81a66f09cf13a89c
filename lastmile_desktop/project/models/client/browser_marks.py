"""Code that works in Chrome on a desk and not elsewhere: in Safari, in Firefox, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.screens.hover_ways import has_other_way
from lastmile_desktop.project.models.settings.env_reads import blank_comments


@dataclass(frozen=True, slots=True)
class BrowserMark:
    """`kind` is the rule; `detail` names what was used."""

    kind: str
    line: int
    detail: str = ""


_DATE = re.compile(
    r"new Date\(\s{0,3}(?:[\"'`]\d{4}-\d\d-\d\d \d|[\"'`]\d{1,2}-\d{1,2}-\d{4}|"
    r"`\$\{[^}`]{1,60}\} \$\{[^}`]{1,60}\}[^`]{0,12}`|"
    r"\w{1,30}(?:\.\w{1,30}){0,3} \+ [\"'] [\"'] \+ \w)"
)
_APIS = {
    "showOpenFilePicker": r"\.showOpenFilePicker\(",
    "showSaveFilePicker": r"\.showSaveFilePicker\(",
    "showDirectoryPicker": r"\.showDirectoryPicker\(",
    "Web Bluetooth": r"navigator\.bluetooth\.",
    "Web USB": r"navigator\.usb\.",
    "Web Serial": r"navigator\.serial\.",
    "requestIdleCallback": r"(?<![?.\w\"'])(?:window\.)?requestIdleCallback\(",
    "navigator.share": r"navigator\.share\(",
    "BarcodeDetector": r"new (?:window\.)?BarcodeDetector\(",
    "EyeDropper": r"new (?:window\.)?EyeDropper\(",
    "SpeechRecognition": r"new (?:window\.)?(?:webkit)?SpeechRecognition\(",
    "navigator.connection": r"navigator\.connection\.",
    "navigator.vibrate": r"navigator\.vibrate\(",
    "a WebM recording": r"new MediaRecorder\([^)]{0,120}(?:audio|video)/webm",
}
_API_PATTERNS = {name: re.compile(pattern) for name, pattern in _APIS.items()}
_GUARDS = {
    "showOpenFilePicker": "showOpenFilePicker", "showSaveFilePicker": "showSaveFilePicker",
    "showDirectoryPicker": "showDirectoryPicker", "Web Bluetooth": "bluetooth", "Web USB": "usb",
    "Web Serial": "serial",
    "requestIdleCallback": "requestIdleCallback", "navigator.share": "share", "BarcodeDetector": "BarcodeDetector",
    "EyeDropper": "EyeDropper", "SpeechRecognition": "SpeechRecognition", "navigator.connection": "connection",
    "navigator.vibrate": "vibrate", "a WebM recording": "isTypeSupported",
}  # fmt: skip
_INPUT_TYPE = re.compile(r"<(?:input|Input)\b[^<>]{0,400}?\btype=[\"'](week|month)[\"']")
_LOOKBEHIND = re.compile(
    r"(?:^|[=(,:!&|?;{}\[]|return)\s{0,10}/(?:[^/\n\\\[]|\\.|\[[^\]\n]{0,80}\]){0,200}?\(\?<[=!]"
)
_HOVER = re.compile(
    r"(?:className|class)=(?:\{?[\"'`]|"
    r"\{cn\(\s{0,10}[\"'`])([^\"'`]{0,600}\bgroup-hover(?:/\w{1,20})?:(?:opacity-100|visible|flex|block|"
    r"inline-flex)\b[^\"'`]{0,400})"
)
_HIDES = re.compile(r"(?<![\w:-])(?:opacity-0|invisible|hidden)(?![\w-])")
_ALSO = re.compile(
    r"focus|\bpointer-|(?:sm|md|lg|xl|max-\w{2}|touch|coarse|hover-none):|pointer-events-none|transition-none"
)
_SMALL = re.compile(r"<(?:input|textarea|select)\b[^<>]{0,500}?className=(?:\{?[\"'`])([^\"'`]{0,500})")
_TINY_TEXT = re.compile(r"(?<![\w:-])text-(?:xs|sm|\[1[0-5]px\])(?![\w-])")
_NO_KEYBOARD = re.compile(
    r"\btype=\{?[\"'](?:checkbox|radio|range|color|file|hidden|submit|button|image)[\"']"
)
_VIDEO = re.compile(r"<(video|audio)\b([^<>]{0,500}?\bautoPlay\b(?!=\{false)[^<>]{0,500})>", re.DOTALL)
_SOUND = re.compile(
    r"useEffect\(\s{0,3}\(\)\s{0,3}=>\s{0,3}\{[^}]{0,300}new Audio\([^)]{0,120}\)[^}]{0,200}\.pl"
    r"ay\(\)(?!\s{0,10}\??\.catch)"
)
_LOCK = re.compile(r"document\.(?:body|documentElement)\.style\.overflow\s{0,3}=\s{0,3}[\"']hidden")
_HELD = re.compile(
    r"body-scroll-lock|position\s{0,3}=\s{0,3}[\"']fixed|touch-?[aA]ction|overscroll|usePreventScroll|"
    r"react-remove-scroll"
)
_BOTTOM = re.compile(r"(?:className|class)=(?:\{?[\"'`]|\{cn\(\s{0,10}[\"'`])([^\"'`]{0,400})")
_HEIGHT = re.compile(
    r"(?<![\w:-])h-screen(?![\w-])|(?<![\w-])height:\s{0,3}[\"']?100vh\b|(?<![\w:-])h-\[(?:calc\()?100vh"
)
_NATIVE = re.compile(r"from\s{1,3}[\"']react-native[\"']")
_NOT_ON_PHONES = re.compile(
    r"pointer-events-none|pointerEvents:\s{0,3}[\"']none|(?<![\w:-])hidden\b[^\"'`]{0,200}\b(?:sm|md|lg|xl):(?:flex|block|grid|inline)"
    r"|aria-hidden"
)
_DYNAMIC = re.compile(r"\d(?:dvh|svh|lvh)\b|-(?:dvh|svh)\b|fill-available")
_COOKIE = re.compile(
    r"same[sS]ite\s{0,3}[:=]\s{0,3}[\"']none[\"']|SameSite=None|samesite=[\"']none[\"']|"
    r"SESSION_COOKIE_SAMESITE\s{0,3}=\s{0,3}[\"']None",
    re.IGNORECASE,
)
_ASKS_AFAR = frozenset(["fetch", "axios", "invoke", "post", "get", "put"])
_MOST = 12


def in_code(text: str) -> tuple[BrowserMark, ...]:
    """Marks in a component or module that runs in the browser, in source order."""
    code = blank_comments(text)
    found = [
        *_each(_DATE, code, "date-parse"),
        *_apis(code),
        *_each(_INPUT_TYPE, code, "input-type"),
        *_each(_LOOKBEHIND, code, "regex-lookbehind"),
        *_hover(code),
        *_small_fields(code),
        *_media(code),
        *_heights(code),
    ]
    if _LOCK.search(code) and not _HELD.search(code):
        found += _each(_LOCK, code, "scroll-lock")
    found += [
        BrowserMark("safe-area", line_at(code, match.start()))
        for match in list(_BOTTOM.finditer(code))[:200]
        if re.search(r"(?<![\w:-])fixed\b", match[1])
        and re.search(r"(?<![\w:-])bottom-0\b", match[1])
        and re.search(r"\b(?:inset-x-0|w-full|w-screen|left-0\b.*\bright-0|right-0\b.*\bleft-0)\b", match[1])
        and not re.search(r"safe|top-0|inset-0", match[1])
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda mark: (mark.line, mark.kind)))


def _heights(code: str) -> list[BrowserMark]:
    """Fixed heights of what phones show and people touch: no app without a browser, no decoration, nothing that only
    large screens show."""
    if _NATIVE.search(code):
        return []
    return [
        mark
        for match in list(_HEIGHT.finditer(code))[:_MOST]
        if not _NOT_ON_PHONES.search(_tag_around(code, match.start()))
        for mark in (BrowserMark("100vh-mobile", line_at(code, match.start())),)
    ]


def _tag_around(code: str, position: int) -> str:
    start = max(code.rfind("<", max(0, position - 600), position), position - 600, 0)
    return code[start : position + 300].partition(">")[0]


def in_styles(text: str) -> tuple[BrowserMark, ...]:
    """A style sheet that fixes a height to the screen's, and says nothing for phones."""
    if _DYNAMIC.search(text):
        return ()
    return tuple(_each(_HEIGHT, text, "100vh-mobile"))


def in_cookies(text: str) -> int:
    """The line of a cookie meant for other sites, 0 when there is none."""
    for found in _COOKIE.finditer(text):
        start = text.rfind("\n", 0, found.start()) + 1
        if not text[start : found.start()].lstrip().startswith(("#", "//", "*")):
            return line_at(text, found.start())
    return 0


def after_waiting(outline: Outline) -> tuple[BrowserMark, ...]:
    """Windows opened and clipboards written after a request, when the browser no longer trusts the click."""
    found: list[BrowserMark] = []
    for function in outline.functions:
        found += _after_waiting(function)
    return tuple(found)


def _after_waiting(function: Function) -> Iterator[BrowserMark]:
    waited = opened = False
    for call in calls_within(function.body):
        if _opens(call):
            first = call.args[0].literal if call.args else None
            if waited and not opened and first not in ("", "about:blank"):
                yield BrowserMark("popup-after-await", call.span.line, "window.open")
            opened = True
        elif waited and call.callee in ("navigator.clipboard.writeText", "navigator.clipboard.write"):
            yield BrowserMark("clipboard-after-await", call.span.line, call.callee)
        elif call.awaited and (call.root == "fetch" or {link.name for link in call.links} & _ASKS_AFAR):
            waited = waited or not call.callee.startswith("navigator.")


def _opens(call: Call) -> bool:
    if call.callee != "window.open" and not (call.root == "open" and len(call.links) == 1 and call.args):
        return False
    target = next((value.literal for value in call.args[1:2]), None)
    return target != "_self"


def _each(pattern: re.Pattern[str], code: str, kind: str) -> list[BrowserMark]:
    return [
        BrowserMark(kind, line_at(code, match.start()), match[1] if pattern.groups and match[1] else "")
        for match in list(pattern.finditer(code))[:_MOST]
    ]


def _apis(code: str) -> Iterator[BrowserMark]:
    for name, pattern in _API_PATTERNS.items():
        used = pattern.search(code)
        if used is None:
            continue
        word = _GUARDS[name]
        guarded = re.search(
            rf"[\"'`]{word}[\"'`] (?:in|!?==)|(?:if|while) \([^;{{\n]{{0,200}}\b{word}\b|"
            rf"typeof [\w.]{{0,60}}{word}|\b{word}\b\s{{0,5}}(?:&&|\?(?!\.)|\|\|)|"
            rf"\b{word}\?\.|!\(?[\w.]{{0,40}}\b{word}\b|= [\w.() ]{{0,60}}\b{word};|{word}\s{{0,3}}\|\||"
            rf"can{word.capitalize()}|isTypeSupported|isSupported|getBestMime",
            code,
        )
        if guarded is None:
            yield BrowserMark("chrome-only-api", line_at(code, used.start()), name)


def _hover(code: str) -> Iterator[BrowserMark]:
    for match in list(_HOVER.finditer(code))[:60]:
        classes = match[1]
        if not _HIDES.search(classes) or _ALSO.search(classes):
            continue
        start = max(0, code.rfind("<", 0, match.start()))
        tag = code[start : match.start()]
        inside = code[match.end() : match.end() + 500]
        if has_other_way(code, start, match.end()):
            continue
        if re.match(r"<(?:button|Button|a|Link)\b", tag) or re.search(
            r"^[^<]{0,200}>\s{0,200}<(?:button|Button|DropdownMenuTrigger|Link|a)\b", inside
        ):
            yield BrowserMark("hover-only", line_at(code, match.start()))


def _small_fields(code: str) -> Iterator[BrowserMark]:
    for match in list(_SMALL.finditer(code))[:_MOST]:
        tag = code[match.start() : match.end() + 200].partition(">")[0]
        if _TINY_TEXT.search(match[1]) and "text-base" not in match[1] and not _NO_KEYBOARD.search(tag):
            yield BrowserMark("ios-input-zoom", line_at(code, match.start()))


def _media(code: str) -> Iterator[BrowserMark]:
    for match in list(_VIDEO.finditer(code))[:_MOST]:
        rest = match[2]
        if "{..." in rest:
            continue
        if match[1] == "audio" or "muted" not in rest or "playsInline" not in rest:
            yield BrowserMark("autoplay-audio", line_at(code, match.start()), match[1])
    for match in list(_SOUND.finditer(code))[:1]:
        yield BrowserMark("autoplay-audio", line_at(code, match.start()), "sound")
