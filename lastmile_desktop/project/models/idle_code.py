"""Code that is in the folder and serves nobody: files that no entry point leads to, functions that nothing names,
helpers for development, and tools that only the makers run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lastmile_desktop.project.code.outline import Call, Function, Outline, calls_within
from lastmile_desktop.project.models.product_code import product_paths
from lastmile_desktop.project.path_kinds import PathKind, path_kind

if TYPE_CHECKING:
    from lastmile_desktop.project.view import ProjectView

_SCRIPT = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".mts")
# Enough of a package's files must be reached before one that is not says anything: else its entry is not known.
_KNOWN_SHARE = 0.6
_GATHERS = re.compile(r"^(?:import\.meta\.glob|require\.context)")
_COMMAND = re.compile(
    r"(?:^|\.)cli\.command$|^click\.(?:command|group)$|^(?:cli|typer\w*)\.command$|(?:^|\.)command$"
)
_MOST_PARENTS = 4
_STARTS = frozenset({
    "package.json", "Procfile", "Dockerfile", "docker-compose.yml", "compose.yaml", "ecosystem.config.js",
    "vercel.json", "wrangler.toml", "wrangler.json", "wrangler.jsonc", "serverless.yml", "netlify.toml",
    "render.yaml", "railway.json", "railway.toml", "fly.toml", "firebase.json", "app.json", "vite.config.ts",
    "tsup.config.ts", ".replit",
})  # fmt: skip
_PROCESS = re.compile(
    r"(?:^|/)[\w.-]{0,40}(?:worker|cron|queue|consumer|scheduler|processor|bot)s?[\w.-]{0,20}\.[cm]?[jt]s$"
)
_FOR_MAKERS = re.compile(
    r"[-_.](?:bak|backup|old|copy|orig|deprecated)\.(?:[cm]?[jt]sx?|py)$"
    r"|^(?!(?:server|index|main|app|start)\.)[\w-]{1,60}\.cjs$|^populate[\w-]{0,30}\.py$"
    r"|(?:^|/)fixes/|(?:^|/)(?:ingest|backfill|load_data|import_data)(?:_\w{1,60})?\.py$|"
    r"(?:^|/)(?:dev|demo|debug|seeds?|mocks?|diagnos\w{1,12}|simulat\w{1,6})(?:[A-Z_.-][\w.-]{0,60})?(?:/|\.(?:[cm]?[jt]s|py)$)"
    r"|(?:^|/)(?:[\w-]{1,40}[-_])?(?:seed|debug|simulate|diagnos\w{1,12})[-_][\w-]{1,60}(?:/|\.[cm]?[jt]sx?$|\.py$)"
    r"|(?:^|/)functions/(?:test|validate-secrets|verify-secrets|system-health|health-?check)[\w-]{0,60}/"
    r"|(?:^|/)api/(?:[\w-]{1,40}/){0,3}(?:test|debug|verify-keys)[\w-]{0,40}/|(?:^|/)[\w-]{1,60}[-_.]simulate\.[cm]?[jt]s$"
)


def is_idle(view: ProjectView, path: str, function: str = "") -> bool:
    """Whether nobody who uses the product ever runs this code."""
    if is_for_makers(path) or path in view.made(idle_files):
        return True
    if path.endswith(".py") and f"{path[:-3]}/__init__.py" in view.tree:
        return True
    return bool(function) and (_is_command(view, path, function) or _is_unnamed(view, path, function))


@lru_cache(maxsize=65_536)
def is_for_makers(path: str) -> bool:
    """Helpers of development and demonstration, seeds, and functions that try out whether something is set up."""
    return _FOR_MAKERS.search(path) is not None


def idle_files(view: ProjectView) -> frozenset[str]:
    """Script files that no entry point leads to, in packages whose entry points are known."""
    graph = view.client_graph
    if not graph.entries or any(view.each_outline("idle.gathers", _gathers).values()):
        return frozenset()
    found: set[str] = set()
    for paths in _by_package(view):
        left = [path for path in paths if path not in graph.client and path not in graph.server]
        if len(left) <= (1 - _KNOWN_SHARE) * len(paths):
            found.update(left)
    return frozenset(found - _started(view, found)) if found else frozenset()


def _started(view: ProjectView, left: set[str]) -> set[str]:
    """What a start command names, or is named like a process of its own, with all that it imports."""
    named = " ".join(
        view.per_file("idle.starts", path, _whole_text, "")
        for path in view.tree.files
        if (name := path.rpartition("/")[2]) in _STARTS or name.startswith("wrangler.")
    )
    waiting = [path for path in left if _PROCESS.search(path) or PurePosixPath(path).stem in _words(named)]
    found = set(waiting)
    while waiting:
        path = waiting.pop()
        for item in view.outlines[path].imports:
            target = view.modules.file(path, item.module)
            if target in left and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _whole_text(text: str) -> str:
    return text[:20_000]


@lru_cache(maxsize=8)
def _words(text: str) -> frozenset[str]:
    """The names of script files in start commands, without folder and ending."""
    return frozenset(
        PurePosixPath(name).stem for name in re.findall(r"[\w./-]{1,200}\.(?:[cm]?[jt]sx?)\b", text)
    )


def _by_package(view: ProjectView) -> tuple[tuple[str, ...], ...]:
    """The product's script files of each package, worked out anew only when files or packages come or go."""
    paths = product_paths(view)

    def group() -> tuple[tuple[str, ...], ...]:
        groups: dict[str, list[str]] = {}
        for path in paths:
            if path.endswith(_SCRIPT):
                groups.setdefault(view.package_of(path).path, []).append(path)
        return tuple(map(tuple, groups.values()))

    return view.whole("idle.packages", (paths, tuple(item.path for item in view.packages)), group)


def _gathers(outline: Outline) -> bool:
    """Whether files are loaded by a pattern or a computed name, so that imports do not tell what is used."""
    return path_kind(outline.path) is PathKind.CODE and any(
        _GATHERS.search(call.callee) is not None or _loads_computed(call)
        for steps in (outline.top, *(function.body for function in outline.functions))
        for call in calls_within(steps)
    )


def _loads_computed(call: Call) -> bool:
    if call.root not in ("require", "import") or not call.links or not call.links[0].args:
        return False
    first = call.links[0].args[0]
    return first.literal is None and not first.text.startswith(("'", '"', "`./", "`@/"))


def _is_command(view: ProjectView, path: str, name: str) -> bool:
    """Whether a function, or one around it, is a command that a maker types."""
    outline = view.outlines.get(path)
    function = outline.function(name) if outline is not None else None
    for _ in range(_MOST_PARENTS):
        if outline is None or function is None:
            return False
        if any(_COMMAND.search(call.callee) for call in function.decorators):
            return True
        function = outline.function(function.parent) if function.parent else None
    return False


def _is_unnamed(view: ProjectView, path: str, name: str) -> bool:
    """Whether a function of a shared module, exported for others, is taken by nobody nor named again in its file."""
    outline = view.outlines.get(path)
    function = outline.function(name) if outline is not None else None
    if outline is None or function is None or not _is_offered(outline, function):
        return False
    # Actions may be called from outside, whoever imports them.
    if "use server" in outline.directives:
        return False
    taken = view.made(_taken)
    if name in taken.names or path not in taken.files or path in taken.whole:
        return False
    text = view.text(path) or ""
    return len(re.findall(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text)) == 1


def _is_offered(outline: Outline, function: Function) -> bool:
    plain = not function.parent and not {".", "@"} & set(function.name) and not function.wrapped_by
    return plain and function.exported_as == (function.name,) and outline.path.endswith(_SCRIPT)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What files import: `names` from anywhere, `files` in part, and those that are taken `whole`."""

    names: frozenset[str]
    files: frozenset[str]
    whole: frozenset[str]


def _taken(view: ProjectView) -> _Taken:
    names: set[str] = set()
    whole: set[str] = set()
    for path, (named, modules) in view.each_outline("idle.taken", _imports).items():
        names |= named
        whole.update(target for module in modules if (target := view.modules.file(path, module)))
    return _Taken(frozenset(names), frozenset(view.modules.targets.values()), frozenset(whole))


def _imports(outline: Outline) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names that a file imports or hands on, and the modules of which it takes everything."""
    pairs = [(item.module, name) for item in outline.imports for _, name in item.names or (("", "*"),)]
    pairs += [(export.module, export.local or "*") for export in outline.exports if export.module]
    whole = tuple(module for module, name in pairs if name == "*")
    return frozenset(name for _, name in pairs), whole
