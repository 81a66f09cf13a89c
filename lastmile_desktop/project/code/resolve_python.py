"""What an import in Python means."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from lastmile_desktop.project.code.resolve_files import folder_of, folders_up, join

_ROOT_FILES = frozenset(
    {
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "requirements.txt",
        "manage.py",
        "Pipfile",
        "alembic.ini",
        "app.py",
    }
)


class PythonResolver:
    """Resolves one module text for a folder; answers are kept for as long as the files are the same."""

    def __init__(self, paths: Iterable[str], declared: frozenset[str]) -> None:
        """`declared` are the import names of outside packages that the project depends on."""
        self._modules = frozenset(path for path in paths if path.endswith(".py"))
        self._declared = declared
        self._roots = tuple(
            sorted({folder_of(path) for path in paths if path.rpartition("/")[2] in _ROOT_FILES})
        )
        self._known: dict[tuple[str, str], str | None] = {}

    def resolve(self, folder: str, importer: str, module: str) -> str | None:
        """The file of a module, None when it is outside the project (or a folder without `__init__`)."""
        key = (folder, module)
        if key not in self._known:
            self._known[key] = (
                self._relative(folder, module) if module.startswith(".") else self._absolute(folder, module)
            )
        found = self._known[key]
        return None if found == importer else found

    def _relative(self, folder: str, module: str) -> str | None:
        name = module.lstrip(".")
        start = join(folder, "../" * (len(module) - len(name) - 1))
        return self._file(start, name) if start is not None else None

    def _absolute(self, folder: str, module: str) -> str | None:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return None
        for root in self._search_path(folder):
            found = self._file(root, module)
            if found is not None:
                # A file beside the importer is a script's neighbour, or merely named like an outside package.
                return None if top in self._declared and root == folder else found
        return None

    def _search_path(self, folder: str) -> Iterable[str]:
        for above in folders_up(folder):
            if self._join(above, "__init__.py") not in self._modules:
                yield above
                yield self._join(above, "src")
        for root in self._roots:
            yield root
            yield self._join(root, "src")

    def _file(self, root: str, module: str) -> str | None:
        base = self._join(root, module.replace(".", "/")) if module else root
        for candidate in (f"{base}.py", self._join(base, "__init__.py")):
            if candidate in self._modules:
                return candidate
        return None

    @staticmethod
    def _join(folder: str, name: str) -> str:
        return f"{folder}/{name}" if folder else name
