"""What a test about the path of a request comes to, when the path is known."""

from __future__ import annotations

import re
from functools import lru_cache

from lastmile_desktop.project.code.outline import Leave, Value
from lastmile_desktop.project.models.walk import conditions
from lastmile_desktop.project.models.walk.callees import Callees
from lastmile_desktop.project.models.walk.flow import Frame
from lastmile_desktop.project.models.walk.proofs import comparison

_PATH_NAME = re.compile(
    r"(?:^|[._])(?:path\w*|\w*[pP]athname|route|url|originalUrl|baseUrl|p|currentPath|endpoint)$"
)
_REPEATED = re.compile(r"[+*][^()]{0,40}\)[+*{]")


def compiled(pattern: str) -> re.Pattern[str] | None:
    """A project's own pattern, None when it cannot be read or could take for ever."""
    if len(pattern) > 400 or _REPEATED.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None


@lru_cache(maxsize=512)
def clerk_pattern(source: str) -> re.Pattern[str]:
    pattern = re.sub(r"/:\w+\*", r"(?:/.*)?", source)
    pattern = re.sub(r":\w+", r"[^/]+", pattern)
    return compiled(f"^{pattern}/?$") or re.compile(r"(?!)")


def _preflight(operator: str, method: str) -> bool | None:
    """Whether the method is this one: known of the question that browsers ask ahead, which no route here answers."""
    if method.strip("'\"`").upper() != "OPTIONS":
        return None
    return operator in ("!==", "!=")


def _fits(item: Value, route: str) -> bool | None:
    """Whether an entry of a list of patterns takes this path."""
    patterns = [value for value in (item, *(value for _, value in item.entries)) if value.text[:1] == "/"]
    if len(patterns) != 1 or not patterns[0].text.rstrip("gimsuy").endswith("/"):
        return None
    found = _regex(patterns[0].text, route)
    return None if found and len(item.entries) > 1 else found


class PathFacts:
    """Answers tests about the path of the request."""

    def __init__(self, callees: Callees, route: str) -> None:
        self._callees = callees
        self._route = route

    def value(self, atom: str, frame: Frame) -> bool | None:
        return self._test(atom, frame, 0)

    def _test(self, text: str, frame: Frame, hops: int) -> bool | None:
        if hops > 4:
            return None
        text = text.strip().removeprefix("await ")
        parts = comparison(text)
        if parts.operator in ("===", "==", "!==", "!="):
            if _is_path(parts.left, frame) and parts.right[:1] in "'\"`":
                equal = self._route == parts.right.strip("'\"`")
                return equal if parts.operator in ("===", "==") else not equal
            if re.search(r"\.method$", parts.left):
                return _preflight(parts.operator, parts.right)
        if parts.operator in ("in", "not in") and _is_path(parts.left, frame):
            listed = self._list(parts.right, frame)
            inside = None if listed is None else self._route in listed
            return inside if inside is None or parts.operator == "in" else not inside
        if parts.operator == "in" and parts.left[:1] in "'\"" and _is_path(parts.right, frame):
            return parts.left.strip("'\"") in self._route
        if parts.operator:
            return None
        every = re.match(r"^any\(.*\.startswith\(\s*\w+\s*\)\s+for\s+\w+\s+in\s+([\w.]+)\)$", text, re.S)
        if every:
            listed = self._list(every.group(1), frame)
            return None if listed is None else self._route.startswith(tuple(listed))
        tested = re.match(r"^(/.+/[a-z]*)\.test\((.+)\)$", text, re.S)
        if tested and _is_path(tested.group(2), frame):
            return _regex(tested.group(1), self._route)
        called = re.match(
            r"^([\w$.?]+?)\s*\??\.(startsWith|endsWith|startswith|endswith|includes|match|has|some|test|every|indexOf|find)\s*\((.*)\)$",
            text,
            re.S,
        )
        if called:
            return self._called(called.group(1), called.group(2), called.group(3), frame, hops)
        function = re.match(r"^([\w$]+)\s*\((.*)\)$", text, re.S)
        if function:
            return self._function(function.group(1), frame, hops)
        if re.fullmatch(r"[\w$]+", text) and text in frame.texts:
            simplified = conditions.simplify(
                conditions.parse(frame.texts[text]), lambda atom: self._test(atom, frame, hops + 1)
            )
            return simplified if isinstance(simplified, bool) else None
        return None

    def _called(self, owner: str, method: str, args: str, frame: Frame, hops: int) -> bool | None:
        literal = args.strip()[1:-1] if args.strip()[:1] in "'\"`" and "${" not in args else None
        if _is_path(owner, frame) and literal is not None:
            known: dict[str, bool] = {
                "startsWith": self._route.startswith(literal),
                "endsWith": self._route.endswith(literal),
                "startswith": self._route.startswith(literal),
                "endswith": self._route.endswith(literal),
                "includes": literal in self._route,
            }
            return known.get(method)
        if method == "match" and _is_path(owner, frame):
            return _regex(args, self._route)
        listed = self._list(owner, frame)
        if listed is None:
            return self._matched(owner, frame) if method in ("some", "find") else None
        if method in ("includes", "has") and _is_path(args, frame):
            return self._route in listed
        if method in ("some", "find"):
            if "startsWith" in args:
                return self._route.startswith(listed)
            if "==" in args:
                return self._route in listed
            if "includes" in args:
                return any(item in self._route for item in listed)
        return None

    def _list(self, name: str, frame: Frame) -> tuple[str, ...] | None:
        text = frame.texts.get(name, "")
        if name.startswith(("[", "(", "{")):
            text = name
        if text.startswith(("[", "(", "{")):
            return tuple(re.findall(r"['\"`](/[^'\"`]*)['\"`]", text))
        value = self._value(name, frame)
        if value is None:
            return None
        if not value.items and value.calls and value.calls[0].args:
            value = value.calls[0].args[0]
        return tuple(item.literal for item in value.items if item.literal is not None) or None

    def _value(self, name: str, frame: Frame) -> Value | None:
        found = self._callees.definition(frame.path, name)
        holder = (found.path, found.name) if found and found.path else (frame.path, name)
        step = self._callees.value(*holder)
        return step.value if step else None

    def _matched(self, name: str, frame: Frame) -> bool | None:
        """Whether the path is in a list of patterns, or of entries with one: `[{ method: "POST", pattern: /…/ }]`. One
        that fits only under a further condition leaves it open."""
        value = self._value(name, frame)
        fits = [_fits(item, self._route) for item in value.items] if value is not None else []
        if any(fits):
            return True
        return False if fits and None not in fits else None

    def _function(self, name: str, frame: Frame, hops: int) -> bool | None:
        found = self._callees.definition(frame.path, name)
        holder = (found.path, found.name) if found and found.path else (frame.path, name)
        step = self._callees.value(*holder)
        if step is not None and step.value is not None and step.value.calls:
            call = step.value.calls[0]
            if call.root == "createRouteMatcher" and call.args:
                return any(
                    clerk_pattern(item.literal).match(self._route)
                    for item in call.args[0].items
                    if item.literal
                )
        target = self._callees.named(frame.path, frame.function.name if frame.function else "", name)
        if target is None:
            return None
        returned = [step for step in target[1].body if isinstance(step, Leave)]
        if len(target[1].body) == 1 and returned and returned[0].value is not None:
            inner = Frame(target[0], frame.outline, target[1], {}, texts={})
            for param in target[1].params:
                inner.texts["@path"] = re.split(r"\W", param)[0]
            simplified = conditions.simplify(
                conditions.parse(returned[0].value.text), lambda atom: self._test(atom, inner, hops + 1)
            )
            return simplified if isinstance(simplified, bool) else None
        return None


def _is_path(text: str, frame: Frame) -> bool:
    text = text.strip().replace("?.", ".")
    if text == frame.texts.get("@path"):
        return True
    known = frame.texts.get(text, "")
    return bool(_PATH_NAME.search(text)) or "pathname" in known or known.endswith("nextUrl")


def _regex(args: str, route: str) -> bool | None:
    found = re.match(r"^/(.*)/[a-z]*$", args.strip())
    if not found or len(found.group(1)) > 200:
        return None
    pattern = compiled(found.group(1).replace("\\/", "/"))
    return pattern.search(route) is not None if pattern else None
