"""frontend.unfinished: what in the product is fake, dead or left over from the template.

Only screens that an entry point leads to are looked at; storybooks, demos and vendor components are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

from lastmile_desktop.core.check import Severity
from lastmile_desktop.core.evidence import absent, at
from lastmile_desktop.core.finding import Detection, Looked, NotApplicable, PassEvidence, RawFinding, Unknown
from lastmile_desktop.project.code.markup_dead import KIND
from lastmile_desktop.project.code.outline import Outline
from lastmile_desktop.project.models.routes.server_pages import server_pages
from lastmile_desktop.project.models.screens import template_leftovers
from lastmile_desktop.project.models.screens.page_links import PageLinks, page_links
from lastmile_desktop.project.models.screens.screens import screens
from lastmile_desktop.project.models.screens.unfinished_marks import (
    NONE,
    Mark,
    ScreenMarks,
    filler,
    praise,
    read,
)
from lastmile_desktop.project.models.usage.purpose import private_use
from lastmile_desktop.project.models.usage.serving import screen_fact
from lastmile_desktop.project.view import ProjectView

_CHECK = "frontend.unfinished"
_MOST_PLACES = 60
_HIDDEN = re.compile(
    r"(?:^|/)(?:demos?|brand|playground|showcase|sandbox|styleguide|design-system|examples?|dev|debug|"
    r"storybook)(?:/|[.-])|"
    r"(?:^|/)\w*(?:Demo|Playground|Showcase|Example|Mock|Mockup|MobileMockup|DesignPreview)\.[jt]sx$|"
    r"opengraph|(?:^|/)patterns/",
    re.IGNORECASE,
)
# `…` stands on a button while its text is being loaded.
_SAYS_SOMETHING = re.compile(r"[^\s.…·-]")
_PART = re.compile(r"(?:^|/)components/")
_ERROR_PAGE = re.compile(r"(?:^|/)(?:404|errors?|not[-_]?found|error_404|page_404)\.\w{2,10}$")
_NOT_FOUND = re.compile(
    r"errorhandler\(\s{0,3}(?:404|HTTPException|NotFound|Exception)|\bhandler(?:404|500)\b|register_error_handler"
)
_BASE = re.compile(r"(?:^|/)_?(?:base|layout|index|home)\.\w{2,10}$")
_DRIFT = 40
_DRIFT_PER_SCREEN = 1.0
_MANY_ICONS = 3
_TRANSLATED = 5
_UNTRANSLATED_PHRASES = 6
_TRANSLATORS = (
    "i18next", "react-i18next", "next-intl", "next-i18next", "react-intl", "vue-i18n", "@nuxtjs/i18n", "@lingui/react",
    "svelte-i18n", "i18n-js", "typesafe-i18n", "use-intl", "expo-localization", "@formatjs/intl",
)  # fmt: skip
_PHRASES = re.compile(
    r"(?:^|/)(?:locales?|i18n|translations?|langs?|messages|dictionaries)(?:/|\.[jt]sx?$|\.json$)",
    re.IGNORECASE,
)
_DATA = re.compile(r"(?:^|/)(?:data|constants|content)/[\w./-]{1,80}\.[jt]sx?$")
_NEXT_ERROR = re.compile(r"(?:^|/)app/(?:.{0,200}/)?(?:not-found|error|global-error)\.[jt]sx$")
_NEXT_LAYOUT = re.compile(r"(?:^|/)app/(?:\[\w{1,20}\]/)?layout\.[jt]sx$")


def detect(view: ProjectView) -> Detection:
    if screen_fact(view) is None:
        return _of_templates(view)
    unused = _unused(view)
    shown = tuple(path for path in screens(view) if not _HIDDEN.search(path) and path not in unused)
    marks = {path: view.per_file("unfinished", path, read, NONE) for path in shown}
    dead = view.each_outline("unfinished.dead", _dead)
    links = page_links(view, shown)
    unread = view.each_outline("unfinished.unread", _unread)
    findings = (
        *(finding for path in shown for finding in _of_screen(path, marks[path].marks)),
        *_dead_controls(view, {path: found for path in shown if (found := dead.get(path))}),
        *_leftovers(view),
        *_broken(links),
        *_without_not_found(view, links),
        *_drift(view, marks),
        *(_mixed_languages(marks) if _translates(view) else ()),
        *_invented_praise(view),
    )
    return Detection(
        findings=findings,
        passes=(PassEvidence(at(shown[0], 1, note=f"{len(shown)} screens read")),) if shown else (),
        unknowns=tuple(
            Unknown(f"{path} could not be read: {unread[path]}.", path) for path in shown if unread.get(path)
        ),
        looked=(Looked("screens", len(shown), len(shown)),),
    )


def _of_templates(view: ProjectView) -> Detection:
    """Pages that the server fills in: filler text, and addresses that lead nowhere. Buttons are tied to scripts from
    outside, which nobody followed here."""
    pages = server_pages(view)
    if not pages:
        return Detection(not_applicable=NotApplicable("Nothing here draws a screen."))
    found = {path: view.per_file("unfinished.template", path, filler, ()) for path in pages}
    reason = "These pages are filled in by the server; where their buttons and links lead was not followed."
    return Detection(
        findings=(
            *(finding for path in pages for finding in _of_screen(path, found[path])),
            *_templates_without_not_found(view, pages),
        ),
        unknowns=(Unknown(reason, pages[0]),),
        looked=(Looked("pages", len(pages), len(pages)),),
    )


def _templates_without_not_found(view: ProjectView, pages: tuple[str, ...]) -> Iterator[RawFinding]:
    """Django and Flask answer a wrong address with a bare English line when nobody wrote a page for it."""
    own = any(view.facts.has(key) for key in ("fw.django", "fw.flask"))
    if not own or any(_ERROR_PAGE.search(path) for path in view.tree.files):
        return
    if any(
        view.per_file("unfinished.not-found", path, _handles_not_found, False)
        for path in view.outlines
        if path.endswith(".py")
    ):
        return
    layout = next((path for path in pages if _BASE.search(path)), pages[0])
    yield RawFinding(
        f"{_CHECK}/no-404",
        "There is no page of your own for wrong addresses and none for errors: people see a bare English message "
        "without a way back.",
        (at(layout, 1),),
        symbol="404",
        severity=Severity.LOW,
    )


def _handles_not_found(text: str) -> bool:
    return _NOT_FOUND.search(text) is not None


def _unused(view: ProjectView) -> frozenset[str]:
    """Client components that nothing imports: Next would send them to the browser, and nobody sees them."""
    if not view.facts.has("fw.next"):
        return frozenset()
    used = set(view.modules.targets.values())
    marked = view.each_outline("unfinished.client", _is_client)
    return frozenset(path for path in marked if marked[path] and _PART.search(path) and path not in used)


def _is_client(outline: Outline) -> bool:
    return "use client" in outline.directives


_ANNOUNCES = re.compile(
    r"(?i)^(?!.*\bthis (?:feature|page|section)\b).*(?:coming soon|em breve|próximamente|bientôt|demnächst|in progress)"
)


def _unread(outline: Outline) -> str:
    """Why nothing of the file could be read, "" when something was."""
    return "" if outline.functions else outline.error


def _of_screen(path: str, marks: tuple[Mark, ...]) -> Iterator[RawFinding]:
    by_rule: dict[str, list[Mark]] = {}
    for mark in marks:
        by_rule.setdefault(mark.kind, []).append(mark)
    for rule, found in by_rule.items():
        found.sort(key=lambda mark: mark.line)
        lines = tuple(dict.fromkeys(mark.line for mark in found))
        announced = rule == "placeholder-text" and all(_ANNOUNCES.search(mark.detail) for mark in found)
        yield RawFinding(
            f"{_CHECK}/{rule}",
            _message(rule, path.rpartition("/")[2], found),
            tuple(at(path, line) for line in lines[:8]),
            symbol=path,
            # What is announced may well be meant; it is no text that somebody forgot.
            severity=Severity.INFO if announced else None,
            confidence=max((mark.confidence for mark in found if mark.confidence), default=None),
        )


def _dead_controls(view: ProjectView, dead: Mapping[str, tuple[Mark, ...]]) -> Iterator[RawFinding]:
    """One for each package: the screen with the most of them first."""
    groups: dict[str, list[str]] = {}
    for path in dead:
        groups.setdefault(view.package_of(path).path, []).append(path)
    for package, paths in groups.items():
        paths.sort(key=lambda path: (-len(dead[path]), path))
        first = dead[paths[0]]
        more = len(paths) - 1
        others = f" So it is on {more} other screen{'s' if more > 1 else ''}." if more else ""
        places = tuple(dict.fromkeys(at(path, mark.line) for path in paths for mark in dead[path]))
        yield RawFinding(
            f"{_CHECK}/{KIND}",
            _message(KIND, paths[0].rpartition("/")[2], list(first)) + others,
            places[:_MOST_PLACES],
            symbol=package,
            confidence=max((mark.confidence for mark in first if mark.confidence), default=None),
        )


def _dead(outline: Outline) -> tuple[Mark, ...]:
    # What an editor shows of the page being made is not meant to work there.
    previews = [
        (function.span.line, function.span.line_end)
        for function in outline.functions
        if "preview" in function.name.rpartition(".")[2].lower()
    ]
    return tuple(
        Mark(KIND, barrier.line, barrier.detail, barrier.confidence)
        for barrier in outline.barriers
        if barrier.kind == KIND
        and _SAYS_SOMETHING.search(barrier.detail or "x")
        and not any(first <= barrier.line <= last for first, last in previews)
    )


def _message(rule: str, screen: str, found: list[Mark]) -> str:
    named = next((mark.detail for mark in found if mark.detail), "")
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    match rule:
        case "placeholder-text":
            return f"{screen} shows the filler text “{named}”{more}."
        case "dead-control":
            what = f"“{named}”{more}" if named else f"a control{more}"
            return f"In {screen}, {what} can be pressed and does nothing."
        case "mock-data" if named == "waiting":
            return f"{screen} only waits a moment and then says that it worked: nothing is saved or sent."
        case "mock-data":
            return f"{screen} shows made-up data ({named}) as if it were real."
        case "fake-social-proof":
            return f"{screen} quotes a customer called “{named}”, a name that tools invent; made-up praise is unlawful."
        case _:
            return f"{screen} has a part that is always {named} wide, wider than a phone."


def _leftovers(view: ProjectView) -> Iterator[RawFinding]:
    private = private_use(view) is not None
    for item in template_leftovers.leftovers(view):
        if private and item.rule in ("no-meta", "spa-no-ssr-public"):
            # Nobody searches for it or shares it.
            continue
        place = at(item.path, item.line) if item.line else absent(item.rule, item.path)
        yield RawFinding(
            f"{_CHECK}/{item.rule}",
            item.message,
            (place,),
            symbol=f"{item.path}:{item.rule}",
            severity=item.severity,
            confidence=item.confidence,
        )


def _broken(links: PageLinks) -> Iterator[RawFinding]:
    for target, places in links.broken:
        yield RawFinding(
            f"{_CHECK}/broken-internal-links",
            f"Links lead to {target}, and there is no such page.",
            tuple(at(path, line) for path, line in places[:6]),
            symbol=target,
        )


def _without_not_found(view: ProjectView, links: PageLinks) -> Iterator[RawFinding]:
    if view.facts.has("fw.next"):
        layout = next((path for path in view.tree.files if _NEXT_LAYOUT.search(path)), "")
        if layout and not any(_NEXT_ERROR.search(path) for path in view.tree.files):
            yield RawFinding(
                f"{_CHECK}/no-404",
                "There is no page of your own for wrong addresses and none for errors: people see a bare English "
                "message without a way back.",
                (at(layout, 1),),
                symbol="404",
                severity=Severity.LOW,
            )
    elif links.router and not links.catch_all and not view.facts.has("fw.mobile"):
        yield RawFinding(
            f"{_CHECK}/no-404",
            "A wrong address shows a blank page, because no route catches what is left.",
            (at(links.router, links.router_line),),
            symbol="404",
        )


def _drift(view: ProjectView, marks: Mapping[str, ScreenMarks]) -> Iterator[RawFinding]:
    """Colours written out although the project has names for them; more icon sets than one."""
    counted = {
        path: screen
        for path, screen in marks.items()
        if screen.raw_colours and not any(fnmatch(path, where) for where in view.policy.design_exceptions)
    }
    total = sum(screen.raw_colours for screen in counted.values())
    if view.facts.has("ui.kit", "shadcn") and total >= _DRIFT and total >= _DRIFT_PER_SCREEN * len(marks):
        worst = sorted(counted, key=lambda path: (-counted[path].raw_colours, path))
        yield RawFinding(
            f"{_CHECK}/design-drift",
            f"{total} colours are written out in {len(counted)} screens although the theme has names for them, most in "
            f"{worst[0].rpartition('/')[2]}: the look falls apart.",
            tuple(at(path, counted[path].first_colour) for path in worst[:5]),
            symbol="colours",
        )
    icons: dict[str, str] = {}
    for path, screen in marks.items():
        for name in screen.icons:
            icons.setdefault(name, path)
    if len(icons) >= _MANY_ICONS:
        yield RawFinding(
            f"{_CHECK}/design-drift",
            f"{len(icons)} sets of icons are mixed: {', '.join(sorted(icons))}.",
            tuple(at(path, 1) for path in dict.fromkeys(icons.values())),
            symbol="icons",
        )


def _translates(view: ProjectView) -> bool:
    """Whether there is any translation to take phrases from."""
    if any(name in found.dependencies for found in view.packages for name in _TRANSLATORS):
        return True
    return any(_PHRASES.search(path) for path in view.tree.files)


def _invented_praise(view: ProjectView) -> Iterator[RawFinding]:
    """Reviews that are kept apart from the screen that shows them."""
    for path in view.outlines:
        if _DATA.search(path) and view.client_graph.is_client(path):
            for mark in view.per_file("unfinished.praise", path, praise, ()):
                yield from _of_screen(path, (mark,))


def _mixed_languages(marks: Mapping[str, ScreenMarks]) -> Iterator[RawFinding]:
    translated = [path for path, screen in marks.items() if screen.translates]
    plain = sorted(
        (
            path
            for path, screen in marks.items()
            if not screen.translates and screen.texts >= _UNTRANSLATED_PHRASES
        ),
        key=lambda path: -marks[path].texts,
    )
    if len(translated) >= _TRANSLATED and len(plain) >= _TRANSLATED:
        yield RawFinding(
            f"{_CHECK}/i18n-mixed",
            f"{len(translated)} screens are translated and {len(plain)} are not, so people see two languages.",
            tuple(at(path, 1) for path in plain[:6]),
            symbol="i18n",
            severity=Severity.INFO,
        )
