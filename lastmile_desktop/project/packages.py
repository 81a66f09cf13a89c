"""The packages of a project: one for a plain project, several in a monorepo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lastmile_desktop.project import lockfiles
from lastmile_desktop.project.known import frameworks, role_signs
from lastmile_desktop.project.manifests import MANIFEST_NAMES, Manifest, parse
from lastmile_desktop.project.memo import Memo
from lastmile_desktop.project.tree import TextReader, TreeIndex


class Role(StrEnum):
    WEB = "web"
    API = "api"
    WORKER = "worker"
    MOBILE = "mobile"
    SHARED = "shared"
    INFRA = "infra"
    DOCS = "docs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Package:
    """`path` is `.` for the root. `dependencies` maps declared name → version range (all kinds together;
    Python names normalised); `resolved` maps name → exact version from the lock file where there is one.
    `manifests` are all the files it was read from, `manifest` the first of them."""

    path: str
    name: str
    language: str
    role: Role
    manifest: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict[str, str])
    resolved: Mapping[str, str] = field(default_factory=dict[str, str])
    manifests: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict[str, str])
    workspace_root: bool = False

    def holds(self, path: str) -> bool:
        """Whether this relative path lies inside the package's folder."""
        return self.path == "." or path == self.path or path.startswith(self.path + "/")

    def version(self, name: str) -> str:
        """The exact version when a lock file tells it, else the declared range, else ""."""
        return self.resolved.get(name) or self.dependencies.get(name, "")


# Folders whose manifests are copies, samples or tooling, never a part of the product.
_FOREIGN = frozenset(
    [
        "node_modules", "bower_components", "site-packages", "venv", ".venv", "env", "vendor", "third_party",
        "dist", "build", "out", "coverage", "fixtures", "__fixtures__", "__tests__", "testdata",
        "test-fixtures", "examples", "example", "samples", "attached_assets", "__pycache__", "Pods",
    ]
)  # fmt: skip
_REQUIREMENTS = re.compile(r"^(?:requirements[\w.-]*|[\w-]+[-_.]requirements)\.(?:txt|in)$")
_MEMBERS_THAT_ARE_LIBRARIES = ("packages/", "libs/", "shared/")


def find(tree: TreeIndex, reader: TextReader, memo: Memo | None = None) -> tuple[Package, ...]:
    """Every package of the project, the root first and the others by path. Lock files that did not change are
    not read again with the scan's `memo`."""
    memo = memo or Memo()
    folders = _manifest_folders(tree)
    root_files = folders.pop(".", ())
    packages = [_package(".", root_files, tree, reader, memo)]
    for folder in sorted(folders):
        package = _package(folder, folders[folder], tree, reader, memo)
        if _stands_alone(package, tree):
            packages.append(package)
    return tuple(packages)


def _manifest_folders(tree: TreeIndex) -> dict[str, tuple[str, ...]]:
    """Folder → its manifest files, those of other ecosystems beside each other."""
    found: dict[str, list[str]] = {}
    for path in tree.files:
        folder, _, name = path.rpartition("/")
        if name in MANIFEST_NAMES or _is_requirements(folder, name):
            if _foreign(folder):
                continue
            if folder.rpartition("/")[2] == "requirements":
                folder = folder.rpartition("/")[0]
            found.setdefault(folder or ".", []).append(path)
    return {folder: tuple(sorted(paths, key=_manifest_order)) for folder, paths in found.items()}


def _is_requirements(folder: str, name: str) -> bool:
    if not name.endswith((".txt", ".in")):
        return False
    return bool(_REQUIREMENTS.match(name)) or folder.rpartition("/")[2] == "requirements"


def _manifest_order(path: str) -> tuple[int, str]:
    name = path.rpartition("/")[2]
    order = ("package.json", "pyproject.toml", "requirements.txt")
    return (order.index(name) if name in order else len(order), path)


def _foreign(folder: str) -> bool:
    """Vendored, sample or hidden folders; a Supabase function belongs to the package around it."""
    if f"{folder}/".find("supabase/functions/") >= 0:
        return True
    return any(part in _FOREIGN or (part.startswith(".") and part != ".") for part in folder.split("/"))


def _package(folder: str, paths: tuple[str, ...], tree: TreeIndex, reader: TextReader, memo: Memo) -> Package:
    manifests = [(path, parse(path.rpartition("/")[2], reader.text(path) or "")) for path in paths]
    dependencies: dict[str, str] = {}
    scripts: dict[str, str] = {}
    for _, manifest in reversed(manifests):
        dependencies |= manifest.dependencies
        scripts |= manifest.scripts
    name = next((manifest.name for _, manifest in manifests if manifest.name), "")
    locked = lockfiles.resolved(tree, reader, memo, _upwards(folder), folder)
    pinned = {name: version[2:] for name, version in dependencies.items() if version.startswith("==")}
    return Package(
        path=folder,
        name=name or (tree.root.name if folder == "." else folder.rpartition("/")[2]),
        language=_language(folder, manifests, dependencies, tree),
        role=_role(folder, dependencies, manifests),
        manifest=paths[0] if paths else "",
        dependencies=dependencies,
        resolved=pinned | {name: locked[name] for name in dependencies if name in locked},
        manifests=paths,
        scripts=scripts,
        workspace_root=any(manifest.workspaces for _, manifest in manifests)
        or any(
            _join(folder, name) in tree
            for name in ("pnpm-workspace.yaml", "turbo.json", "nx.json", "lerna.json")
        ),
    )


def _stands_alone(package: Package, tree: TreeIndex) -> bool:
    """A folder is a package when its manifest says something and it holds code of its own."""
    if package.manifest.endswith("package.json"):
        return bool(package.dependencies or package.scripts)
    if package.language != "python":
        return True
    inside = package.path + "/"
    return any(path.startswith(inside) and path.endswith(".py") for path in tree.files)


def _language(
    folder: str, manifests: list[tuple[str, Manifest]], dependencies: Mapping[str, str], tree: TreeIndex
) -> str:
    languages = [manifest.language for _, manifest in manifests]
    if "js" in languages and len(set(languages)) > 1:
        js_names = max((len(m.dependencies) for _, m in manifests if m.language == "js"), default=0)
        other = max((m for _, m in manifests if m.language != "js"), key=lambda m: len(m.dependencies))
        languages = ["js"] if js_names >= len(other.dependencies) else [other.language]
    language = languages[0] if languages else ""
    if language == "js" and ("typescript" in dependencies or _join(folder, "tsconfig.json") in tree):
        return "ts"
    return language or _language_by_share(tree)


def _language_by_share(tree: TreeIndex) -> str:
    counts: dict[str, int] = {}
    for path in tree.files:
        language = SUFFIX_LANGUAGE.get(path[path.rfind(".") :])
        if language:
            counts[language] = counts.get(language, 0) + 1
    return max(counts, key=lambda language: (counts[language], language), default="")


def _role(folder: str, dependencies: Mapping[str, str], manifests: list[tuple[str, Manifest]]) -> Role:
    """From its frameworks where it is an application; a member that nothing can start is shared code."""
    last = folder.rpartition("/")[2]
    runnable = any(manifest.runnable for _, manifest in manifests)
    if last in ("docs", "documentation"):
        return Role.DOCS
    if f"/{folder}/".find("/infra/") >= 0 and not runnable:
        return Role.INFRA
    if folder == "." and any(manifest.workspaces for _, manifest in manifests):
        return Role.UNKNOWN
    roles = _framework_roles(dependencies)
    if folder.startswith(_MEMBERS_THAT_ARE_LIBRARIES) and not _is_started(manifests):
        return Role.SHARED
    for role in (Role.MOBILE, Role.WEB, Role.API, Role.WORKER):
        if role in roles:
            return role
    for role, signs in role_signs().items():
        if dependencies.keys() & signs:
            return Role(role)
    return Role.SHARED if folder != "." and manifests and not runnable else Role.UNKNOWN


def _framework_roles(dependencies: Mapping[str, str]) -> set[str]:
    return {
        framework.role
        for framework in frameworks()
        if any(name in dependencies for name in framework.packages)
    }


def _is_started(manifests: list[tuple[str, Manifest]]) -> bool:
    return any("start" in manifest.scripts for _, manifest in manifests)


def _upwards(folder: str) -> tuple[str, ...]:
    """This folder and those around it, innermost first, `.` last."""
    parts = [] if folder == "." else folder.split("/")
    return (*("/".join(parts[:length]) for length in range(len(parts), 0, -1)), ".")


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


SUFFIX_LANGUAGE: Mapping[str, str] = {
    ".ts": "ts",
    ".tsx": "ts",
    ".mts": "ts",
    ".cts": "ts",
    ".js": "js",
    ".jsx": "js",
    ".mjs": "js",
    ".cjs": "js",
    ".vue": "ts",
    ".svelte": "ts",
    ".astro": "ts",
    ".py": "python",
    ".sql": "sql",
    ".dart": "dart",
    ".go": "go",
    ".rb": "ruby",
    ".php": "php",
    ".rs": "rust",
    ".java": "java",
    ".kt": "kotlin",
    ".swift": "swift",
    ".cs": "csharp",
}
