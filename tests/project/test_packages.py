"""Packages: which there are, what they are for, what they depend on, in which exact versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastmile_desktop.project.lockfiles import MANAGERS
from lastmile_desktop.project.manifests import MANIFEST_NAMES, parse
from lastmile_desktop.project.packages import Package, Role, find
from tests.project.trees import made


def packages(root: Path, files: dict[str, str]) -> dict[str, Package]:
    return {package.path: package for package in find(*made(root, files))}


def package_json(name: str, *names: str, scripts: dict[str, str] | None = None, **more: object) -> str:
    return json.dumps(
        {"name": name, "dependencies": dict.fromkeys(names, "^1.0.0"), "scripts": scripts or {}, **more}
    )


def test_an_empty_folder_is_one_package(tmp_path: Path) -> None:
    found = find(*made(tmp_path / "shop", {"notes.txt": "x"}))
    assert [(package.path, package.name, package.role) for package in found] == [(".", "shop", Role.UNKNOWN)]


def test_the_root_comes_first_and_the_others_by_path(tmp_path: Path) -> None:
    found = find(
        *made(
            tmp_path,
            {
                "package.json": package_json("root", workspaces=["apps/*"]),
                "apps/web/package.json": package_json("web", "next", "react"),
                "apps/api/package.json": package_json("api", "fastify"),
                "packages/ui/package.json": package_json("ui", "react", "react-dom"),
            },
        )
    )
    assert [(package.path, str(package.role)) for package in found] == [
        (".", "unknown"),
        ("apps/api", "api"),
        ("apps/web", "web"),
        ("packages/ui", "shared"),
    ]
    assert found[0].workspace_root


def test_frontend_and_backend_in_two_languages(tmp_path: Path) -> None:
    found = packages(
        tmp_path,
        {
            "frontend/package.json": package_json("web", "vite", "react", "typescript"),
            "frontend/src/main.tsx": "export {};",
            "backend/requirements.txt": "fastapi==0.115.0\nsentry-sdk[fastapi]>=2\n# note\n-r other.txt\n",
            "backend/app/main.py": "app = 1",
        },
    )
    assert found["frontend"].language == "ts"
    assert found["backend"].language == "python"
    assert found["backend"].role is Role.API
    assert found["backend"].resolved == {"fastapi": "0.115.0"}
    assert found["backend"].dependencies["sentry-sdk"] == ">=2"


def test_vendored_samples_and_edge_functions_are_no_packages(tmp_path: Path) -> None:
    found = packages(
        tmp_path,
        {
            "package.json": package_json("shop", "vite"),
            "node_modules/x/package.json": package_json("x", "y"),
            "examples/demo/package.json": package_json("demo", "y"),
            "backend/venv/lib/site-packages/x/pyproject.toml": "[project]\nname = 'x'\n",
            "supabase/functions/send/package.json": package_json("send", "y"),
            ".claude/tools/package.json": package_json("tools", "y"),
            "dist/esm/package.json": '{"type": "module"}',
            "lib/esm/package.json": '{"type": "module"}',
        },
    )
    assert list(found) == ["."]


def test_all_kinds_of_dependencies_count(tmp_path: Path) -> None:
    text = json.dumps(
        {"dependencies": {"a": "1"}, "devDependencies": {"b": "2"}, "peerDependencies": {"c": "3"}}
    )
    assert packages(tmp_path, {"package.json": text})["."].dependencies == {"a": "1", "b": "2", "c": "3"}


def test_python_projects_in_their_own_files(tmp_path: Path) -> None:
    found = packages(
        tmp_path,
        {
            "a/pyproject.toml": '[project]\nname = "a"\ndependencies = ["Flask-SQLAlchemy>=3", "uvicorn[standard]"]\n'
            '[dependency-groups]\ndev = ["pytest==8.0.0"]\n',
            "a/app.py": "",
            "b/pyproject.toml": '[tool.poetry]\nname = "b"\n[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.1"\n',
            "b/app.py": "",
            "c/requirements/base.txt": "celery==5.4.0\n",
            "c/tasks.py": "",
        },
    )
    assert found["a"].dependencies.keys() == {"flask-sqlalchemy", "uvicorn", "pytest"}
    assert found["b"].dependencies == {"django": "^5.1"}
    assert found["c"].dependencies == {"celery": "==5.4.0"}


NPM = """{
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop", "dependencies": {"next": "^15.0.0"}},
    "node_modules/next": {
      "version": "15.1.4",
      "resolved": "x"
    },
    "node_modules/other/node_modules/next": {
      "version": "13.0.0"
    },
    "node_modules/@sentry/react": {
      "version": "8.40.0"
    },
    "apps/web/node_modules/next": {
      "version": "14.2.0"
    }
  }
}
"""
PNPM = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      next:
        specifier: ^15.0.0
        version: 15.1.4(react@19.0.0)
      '@sentry/react':
        specifier: 8.40.0
        version: 8.40.0
  apps/web:
    dependencies:
      next:
        specifier: ^14
        version: 14.2.0

packages:

  next@13.0.0:
    resolution: {}
"""
YARN = """# yarn lockfile v1

"@sentry/react@^1.0.0":
  version "8.40.0"

next@^1.0.0, next@^1.2.0:
  version "15.1.4"
"""
BUN = """{
  "lockfileVersion": 1,
  "packages": {
    "next": ["next@15.1.4", "", {}, "sha"],
    "@sentry/react": ["@sentry/react@8.40.0", "", {}, "sha"],
  }
}
"""


@pytest.mark.parametrize(
    ("lock", "text"),
    [("package-lock.json", NPM), ("pnpm-lock.yaml", PNPM), ("yarn.lock", YARN), ("bun.lock", BUN)],
)
def test_exact_versions_from_each_kind_of_lock_file(tmp_path: Path, lock: str, text: str) -> None:
    found = packages(tmp_path, {"package.json": package_json("shop", "next", "@sentry/react"), lock: text})[
        "."
    ]
    assert found.resolved == {"next": "15.1.4", "@sentry/react": "8.40.0"}
    assert found.version("next") == "15.1.4"


@pytest.mark.parametrize(("lock", "text"), [("package-lock.json", NPM), ("pnpm-lock.yaml", PNPM)])
def test_a_member_has_its_own_version(tmp_path: Path, lock: str, text: str) -> None:
    found = packages(
        tmp_path,
        {
            "package.json": package_json("shop", "next"),
            "apps/web/package.json": package_json("web", "next"),
            lock: text,
        },
    )
    assert found["apps/web"].resolved["next"] == "14.2.0"


@pytest.mark.parametrize("lock", ["uv.lock", "poetry.lock"])
def test_python_lock_files(tmp_path: Path, lock: str) -> None:
    text = '[[package]]\nname = "Flask_SQLAlchemy"\nversion = "3.1.1"\n'
    files = {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["flask-sqlalchemy"]\n', lock: text}
    assert packages(tmp_path, files)["."].resolved == {"flask-sqlalchemy": "3.1.1"}


@given(name=st.sampled_from(sorted(MANIFEST_NAMES)), text=st.text(max_size=400))
def test_arbitrary_manifests_declare_something_or_nothing(name: str, text: str) -> None:
    parse(name, text)


def test_a_manifest_nested_too_deeply_declares_nothing() -> None:
    assert parse("package.json", "[" * 100_000).broken


def test_every_lock_file_is_a_manager() -> None:
    assert set(MANAGERS.values()) == {"npm", "pnpm", "yarn", "bun", "uv", "poetry", "pipenv"}
