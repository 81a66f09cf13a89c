"""frontend.a11y-static: what shuts out people who use a keyboard or a screen reader, as far as files tell.

JSX barriers come with the outlines, oxlint's from the markup engine; pages, templates and style sheets are read
here. Vendor components (shadcn's `components/ui`) are not the founder's to mend and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at
from lastmile_desktop.core.finding import (
    Detection,
    Looked,
    NotApplicable,
    PassEvidence,
    RawFinding,
    Unknown,
)
from lastmile_desktop.project.code import markup_html, styles
from lastmile_desktop.project.code.markup import HARMLESS
from lastmile_desktop.project.code.outline import Barrier, Outline
from lastmile_desktop.project.lines import line_at
from lastmile_desktop.project.models.screens.barrier_lint import checked_in_ci, lint_of
from lastmile_desktop.project.models.screens.barrier_words import message_of, severity_of
from lastmile_desktop.project.models.screens.lint_places import completes_validly, is_caption, tag_at
from lastmile_desktop.project.models.screens.main_headings import pages_without_h1
from lastmile_desktop.project.models.screens.stylesheet_use import is_loaded, is_shown
from lastmile_desktop.project.packages import Package
from lastmile_desktop.project.view import ProjectView

_CHECK = "frontend.a11y-static"
_VENDOR = re.compile(
    r"(?:^|/)components/ui/|(?:^|/)src/ui/primitives/|(?:^|/)(?:vendor|third_party|node_modules)/"
)
_NOT_PRODUCT = re.compile(
    r"(?:^|/)(?:tests?|__tests__|__mocks__|e2e|cypress|stories|storybook|fixtures|attached_assets|emails?|"
    r"email-templates|docs|examples|supabase/functions|migrations|coverage|htmlcov|static/admin|"
    r"public/games?|android/app/src/main/assets|ios/App/App/public)/|"
    r"[._-](?:test|spec|stories)\.\w+$"
)
_EMAIL = re.compile(r"@react-email/|react-email|mjml", re.IGNORECASE)
_TEMPLATES = (".html", ".htm", ".vue", ".svelte", ".astro", ".jinja", ".jinja2", ".j2")
_SHEETS = (".css", ".scss", ".less")
_UI_FACTS = (
    "fw.next", "fw.vite", "fw.cra", "fw.tanstack_start", "fw.remix", "fw.react_router", "fw.sveltekit", "fw.nuxt",
    "fw.astro", "fw.gatsby", "fw.angular", "fw.expo", "fw.react_native", "fw.solid_start",
)  # fmt: skip
_LAYOUT = re.compile(r"(?:^|/)app/(?:.{0,120}/)?layout\.[jt]sx?$")
_FIXED_VIEWPORT = re.compile(
    r"\bviewport\b[^=;]{0,60}[=:]\s{0,3}\{[^{}]{0,400}?(?P<what>userScalable\s{0,3}:\s{0,3}(?:false|[\"']no)|"
    r"maximumScale\s{0,3}:\s{0,3}1\b)"
)
_HOLDS_CONTROL = re.compile(
    r"<(?:Switch|Checkbox|RadioGroupItem|Radio|Toggle|input\b[^>]{0,200}type=[\"']?(?:checkbox|radio))\b"
)
_OWN_FILM = re.compile(r"<source\b[^>]{0,200}\bsrc=[\"']|\bsrc=[\"']")
_WAITING = re.compile(r"(?i)spin|load|shimmer|skeleton|progress|rotate|wave|pulse|typing|turn")
_RESPECTED = re.compile(r"prefers-reduced-motion|motion-(?:reduce|safe):|useReducedMotion|reducedMotion")
_NO_BARRIERS = frozenset(["headings", "dead-control", "harmless-click"])
_POLISH = frozenset(
    [
        "anchor-is-valid", "img-redundant-alt", "label-has-associated-control",
        "mouse-events-have-key-events", "no-access-key", "no-autofocus",
        "no-redundant-roles",
    ]
)  # fmt: skip
_LESS_SURE = {
    "no-autofocus": 0.6,
    "no-redundant-roles": 0.7,
    "media-has-caption": 0.75,
    "img-redundant-alt": 0.75,
}
_SILENT_CELLS = frozenset(["td", "th", "tr", "li", "option", "optgroup", "menuitem"])
_NOWHERE = re.compile(r"\bhref=\{?[\"'`](?:#!?|javascript:[^\"'`]{0,60})?[\"'`]")
_BARE_ROLE = re.compile(r"(?<![\w-])role(?=[\s/>])")
_MOUSE = frozenset(
    [
        "click-events-have-key-events", "no-static-element-interactions", "no-noninteractive-element-interactions",
        "mouse-events-have-key-events",
    ]
)  # fmt: skip
_BY_MOUSE = re.compile(
    r"\bon(?:Click|DoubleClick|Mouse\w+|Pointer\w+|Drag\w*|Drop|Touch\w+|ContextMenu|Hover\w*)\b"
)
_LABEL_REACH = 8
_CONTROL_REACH = 14
_SERVED_PAGE = re.compile(
    r"(?:^|/)(?:index|app|404|500|offline|admin|login)\.html?$|(?:^|/)templates/|(?:^|/)public/[^/]+$"
)
_MOST_PER_FILE = 400


def detect(view: ProjectView) -> Detection:
    files = [path for path in view.tree.files if _is_ours(path)]
    drawn = [path for path in files if _draws(view, path)]
    templates = [path for path in files if path.endswith(_TEMPLATES) and _is_served(path)]
    packages = _packages_with_a_screen(view, drawn, templates)
    if not packages:
        return Detection(not_applicable=NotApplicable("Nothing here draws a screen."))
    findings = [
        *(finding for path in drawn for finding in _of_file(view, path, view.outlines[path].barriers)),
        *(finding for path in templates for finding in _of_file(view, path, _in_template(view, path))),
        *_viewports(view),
        *_in_sheets(view, [path for path in files if path.endswith(_SHEETS)]),
        *(
            _finding(path, Barrier("no-h1", line, 1, "page", 0.7))
            for path, line in pages_without_h1(view, drawn)
        ),
    ]
    return Detection(
        findings=(*findings, *_without_lint(view, packages)),
        passes=tuple(_lint_evidence(view, packages)),
        unknowns=tuple(_unread(view, drawn)),
        looked=(Looked("files that draw screens", len(drawn) + len(templates), len(drawn) + len(templates)),),
    )


def refine(view: ProjectView, findings: tuple[RawFinding, ...]) -> tuple[RawFinding, ...]:
    """oxlint's findings without those in vendor and test files, and those that an own rule reports better."""
    kept: dict[tuple[str, str, int], RawFinding] = {}
    own: dict[str, _Own] = {}
    for finding in findings:
        if not _is_ours(finding.path) or _is_email(view, finding.path):
            continue
        known = own.setdefault(finding.path, _own_of(view, finding.path))
        if _is_known_better(view, finding, known):
            continue
        place = finding.evidence[0]
        kept.setdefault(
            (finding.rule, finding.path, place.line_start),
            replace(
                finding,
                evidence=(replace(place, note=""),),
                severity=_severity_of(finding),
                confidence=_LESS_SURE.get(finding.symbol),
            ),
        )
    return tuple(kept.values())


def _severity_of(finding: RawFinding) -> Severity | None:
    if finding.symbol == "no-autofocus":
        # Mostly what the person has just asked for.
        return Severity.INFO
    return Severity.LOW if finding.symbol in _POLISH else severity_of(finding.rule.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class _Own:
    """What the outline says of one file: (kind, line) of its barriers, and lines of handlers that are no control."""

    barriers: frozenset[tuple[str, int]]
    harmless: frozenset[int]


def _own_of(view: ProjectView, path: str) -> _Own:
    outline = view.outlines.get(path)
    barriers = outline.barriers if outline is not None else ()
    return _Own(
        frozenset((item.kind, item.line) for item in barriers),
        frozenset(item.line for item in barriers if item.kind == HARMLESS),
    )


def _is_known_better(view: ProjectView, finding: RawFinding, own: _Own) -> bool:
    """Whether an own rule reports this place already, or knows why it is none."""
    place, rule = finding.evidence[0], finding.rule.rpartition("/")[2]
    line = place.line_start
    if (rule, line) in own.barriers:
        return True
    tag = tag_at(view.text(finding.path) or "", line, place.column)
    match finding.symbol:
        case "role-has-required-aria-props":
            # Radix and its like add aria-controls at run time; a checkbox that is a switch has its own state.
            missing = set(re.findall(r"\baria-[a-z]{1,30}", place.note))
            return missing == {"aria-controls"} or not tag.is_native or tag.name == "input"
        case "alt-text" | "heading-has-content" | "anchor-has-content":
            return tag.spread
        case "control-has-associated-label":
            return tag.spread or tag.name in _SILENT_CELLS or tag.name in ("a", "button")
        case "aria-role":
            return not tag.is_native or _BARE_ROLE.search(tag.text) is not None
        case "autocomplete-valid":
            return completes_validly(tag)
        case "anchor-is-valid":
            return not tag.has("onClick") and not _NOWHERE.search(tag.text)
        case "img-redundant-alt":
            # `${name} - Image 2` says which one.
            return "${" in tag.text or re.search(r"\balt=\{[^\"'`}]", tag.text) is not None
        case "media-has-caption":
            # For what people upload or just made there can be no captions.
            below = "\n".join((view.text(finding.path) or "").split("\n")[line - 1 : line + _LABEL_REACH])
            return "hidden" in tag.text or _OWN_FILM.search(below) is None
        case "no-noninteractive-tabindex":
            return (tag.name in ("div", "span") and not tag.has("role")) or tag.has("aria-activedescendant")
        case "no-redundant-roles":
            return tag.name == "svg" or not tag.is_native
        case "label-has-associated-control":
            near = range(line, line + _LABEL_REACH)
            told = any(("input-no-label", below) in own.barriers for below in near)
            return told or is_caption(view.text(finding.path) or "", line)
        case "no-noninteractive-element-interactions" if tag.name == "form":
            return True
        case symbol if symbol in _MOUSE:
            return line in own.harmless or tag.spread or bool(tag.text and not _BY_MOUSE.search(tag.text))
        case _:
            return False


@lru_cache(maxsize=65_536)
def _is_ours(path: str) -> bool:
    return not _VENDOR.search(path) and not _NOT_PRODUCT.search(path)


def _is_served(path: str) -> bool:
    """Not a drawing, a report or a leftover: pages stand at the top, under templates, or have a page's name."""
    return not path.endswith((".html", ".htm")) or "/" not in path or bool(_SERVED_PAGE.search(path))


def _draws(view: ProjectView, path: str) -> bool:
    outline = view.outlines.get(path) if path.endswith((".tsx", ".jsx", ".js")) else None
    if outline is None:
        return False
    return bool(outline.barriers or path.endswith((".tsx", ".jsx"))) and not _is_email(view, path)


def _is_email(view: ProjectView, path: str) -> bool:
    """E-mails are drawn with components too, but nobody tabs through them."""
    outline = view.outlines.get(path)
    return outline is not None and any(_EMAIL.search(item.module) for item in outline.imports)


def _packages_with_a_screen(
    view: ProjectView, drawn: Iterable[str], templates: Iterable[str]
) -> tuple[Package, ...]:
    """Packages that hold components or pages, whatever their manifest says of a framework."""
    components = {view.package_of(path).path for path in drawn if path.endswith((".tsx", ".jsx"))}
    holding = components | {view.package_of(path).path for path in (*drawn, *templates)}
    return tuple(
        package
        for package in view.packages
        if package.path in holding
        and (
            package.path in components
            or any(view.facts.has(key, package=package.path) for key in _UI_FACTS)
            or _has_pages(package, templates)
        )
    )


def _has_pages(package: Package, templates: Iterable[str]) -> bool:
    return any(package.holds(path) for path in templates)


def _in_template(view: ProjectView, path: str) -> tuple[Barrier, ...]:
    whole = path.endswith((".html", ".htm"))
    found = view.per_file(
        "barriers-page",
        path,
        lambda text: markup_html.barriers(text, whole_page=whole),
        tuple[Barrier, ...](),
    )
    return tuple(barrier for barrier in found if barrier.kind != "headings")


def _of_file(view: ProjectView, path: str, barriers: Iterable[Barrier]) -> Iterator[RawFinding]:
    shown = 0
    for barrier in barriers:
        if barrier.kind in _NO_BARRIERS:
            continue
        settled = _settled(view, path, barrier) if barrier.kind == "dialog-no-title" else barrier
        if settled is not None and shown < _MOST_PER_FILE:
            if barrier.kind == "click-on-div" and _has_control(view, path, barrier.line):
                continue
            shown += 1
            yield _finding(path, settled)


def _has_control(view: ProjectView, path: str, line: int) -> bool:
    """Whether a switch inside does the same, and can be reached with the keyboard."""
    lines = (view.text(path) or "").split("\n")[line - 1 : line + _CONTROL_REACH]
    return _HOLDS_CONTROL.search("\n".join(lines)) is not None


def _settled(view: ProjectView, path: str, barrier: Barrier) -> Barrier | None:
    """A dialog whose content is a component of the project: does that bring the title?"""
    names = [name for name in barrier.detail.split(",") if name] if barrier.detail != "role=dialog" else []
    outline = view.outlines[path]
    for name in names:
        target = _file_of(view, outline, name)
        text = view.text(target or path) or ""
        if "Title" in text if target else re.search(r"<\w*(?:Dialog|Sheet|Drawer)Title\b", text):
            return None
    return barrier


def _file_of(view: ProjectView, outline: Outline, name: str) -> str | None:
    root = name.partition(".")[0]
    for item in outline.imports:
        if any(local == root for local, _ in item.names):
            return view.modules.file(outline.path, item.module)
    return None


def _finding(path: str, barrier: Barrier) -> RawFinding:
    place = at(path, barrier.line, column=barrier.column)
    rule = f"{_CHECK}/{barrier.kind}"
    return RawFinding(
        rule,
        message_of(barrier),
        (place,),
        symbol=barrier.detail,
        severity=Severity.LOW if barrier.detail.startswith("beside:") else severity_of(barrier.kind),
        confidence=barrier.confidence,
    )


def _viewports(view: ProjectView) -> Iterator[RawFinding]:
    """Next.js takes the setting from a layout's code rather than from a tag."""
    for path in view.outlines:
        if _LAYOUT.search(path):
            line = view.per_file("viewport-fixed", path, _fixed_viewport, 0)
            if line:
                yield _finding(path, Barrier("zoom-disabled", line, 1, "viewport"))


def _fixed_viewport(text: str) -> int:
    found = _FIXED_VIEWPORT.search(text)
    return line_at(text, found.start("what")) if found else 0


def _in_sheets(view: ProjectView, sheets: Iterable[str]) -> Iterator[RawFinding]:
    calm = None
    for path in sheets:
        entry = view.tree.files[path]
        if entry.minified or not is_loaded(view, path):
            continue
        for barrier in view.per_file("barriers-sheet", path, styles.barriers, tuple[Barrier, ...]()):
            if barrier.kind == "motion":
                calm = _respects_motion(view) if calm is None else calm
                if calm:
                    continue
            if barrier.kind == "colour-token-contrast" and not is_shown(view, barrier.detail):
                continue
            finding = _finding(path, barrier)
            yield replace(finding, severity=Severity.INFO) if _is_waiting(barrier) else finding


def _is_waiting(barrier: Barrier) -> bool:
    """A wheel that turns while something loads says just that, and stops by itself."""
    return barrier.kind == "motion" and _WAITING.search(barrier.detail) is not None


def _respects_motion(view: ProjectView) -> bool:
    """Somewhere the wish for less motion is asked about."""
    for path in view.tree.files:
        if path.endswith((*_SHEETS, ".tsx", ".jsx", ".ts", ".js", ".html")) and _is_ours(path):
            found = view.per_file("reduced-motion", path, lambda text: bool(_RESPECTED.search(text)), False)
            if found:
                return True
    return False


def _without_lint(view: ProjectView, packages: Iterable[Package]) -> Iterator[RawFinding]:
    unlinted = [
        package
        for package in packages
        if package.manifest.endswith("package.json") and not lint_of(view, package)
    ]
    if unlinted and checked_in_ci(view):
        return
    for package in unlinted:
        yield RawFinding(
            f"{_CHECK}/lint-absent",
            "No linter or test looks for these barriers, so new ones come in unseen.",
            (absent("no accessibility linter", package.manifest),),
            symbol=package.path,
        )


def _lint_evidence(view: ProjectView, packages: Iterable[Package]) -> Iterator[PassEvidence]:
    for package in packages:
        name = lint_of(view, package)
        if name:
            holder = package if name in package.dependencies else view.packages[0]
            text = view.text(holder.manifest) or ""
            line = text.partition(f'"{name}"')[0].count("\n") + 1
            yield PassEvidence(at(holder.manifest, line), package.path)


def _unread(view: ProjectView, drawn: Iterable[str]) -> Iterator[Unknown]:
    for path in drawn:
        outline = view.outlines[path]
        if outline.error and not outline.barriers:
            yield Unknown(f"{path} could not be read: {outline.error}.", path)
