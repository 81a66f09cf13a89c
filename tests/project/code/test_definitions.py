"""Where names are really defined."""

from __future__ import annotations

import pytest

from tests.project.models.graphs import project

SCRIPTS = {
    "app/route.ts": """
        import { requireUser, requireUser as guard } from "@/lib";
        import * as auth from "@/lib/auth";
        import session, { admin } from "@/lib/session";
        import { auth as clerk } from "@clerk/nextjs/server";
        import { moved } from "@/lib/barrel";
        import cjs from "./cjs";
        const { list } = require("./cjs");
        const whole = require("./one");
        import { gone } from "./gone";
        const here = async () => {};
        const alias = guard;
        const handlers = { GET: async () => {}, other: 1 };
        export const value = build(1);
    """,
    "src/lib/index.ts": 'export * from "./auth"; export { default as session } from "./session";',
    "src/lib/auth.ts": "export async function requireUser() {} export const tokens = { verify: async () => {} };",
    "src/lib/session.ts": 'export { admin } from "./admin"; export default async function read() {}',
    "src/lib/admin.ts": "const isAdmin = async () => {}; export { isAdmin as admin };",
    "src/lib/barrel.ts": 'import { requireUser } from "./auth"; export { requireUser as moved };',
    "app/cjs.js": "function list() {}\nmodule.exports = { list };",
    "app/one.js": "module.exports = function run() {};",
    "tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}',
}


@pytest.mark.parametrize(
    ("name", "path", "found"),
    [
        ("requireUser", "src/lib/auth.ts", "requireUser"),
        ("guard", "src/lib/auth.ts", "requireUser"),
        ("alias", "src/lib/auth.ts", "requireUser"),
        ("auth.requireUser", "src/lib/auth.ts", "requireUser"),
        ("auth.tokens.verify", "src/lib/auth.ts", "tokens.verify"),
        ("session", "src/lib/session.ts", "read"),
        ("admin", "src/lib/admin.ts", "isAdmin"),
        ("moved", "src/lib/auth.ts", "requireUser"),
        ("list", "app/cjs.js", "list"),
        ("whole", "app/one.js", "module.exports"),
        ("here", "app/route.ts", "here"),
        ("handlers.GET", "app/route.ts", "handlers.GET"),
    ],
)
def test_functions(name: str, path: str, found: str) -> None:
    definition = project(SCRIPTS).modules.definition("app/route.ts", name)
    assert definition is not None
    assert (definition.path, definition.name) == (path, found)
    assert definition.function is not None
    assert definition.function.name == found


def test_packages_values_and_nothing() -> None:
    modules = project(SCRIPTS).modules
    clerk = modules.definition("app/route.ts", "clerk.protect")
    assert clerk is not None
    assert (clerk.package, clerk.name, clerk.path) == ("@clerk/nextjs/server", "auth.protect", "")
    value = modules.definition("app/route.ts", "value")
    assert value is not None
    assert (value.path, value.function) == ("app/route.ts", None)
    assert modules.definition("app/route.ts", "gone") is None
    assert modules.definition("app/route.ts", "unknown") is None
    assert modules.definition("nowhere.ts", "x") is None


def test_methods_of_instances() -> None:
    view = project(
        {
            "routes.ts": 'import { storage, cache, legacy } from "./storage"; import users from "./users"; x()',
            "storage.ts": """
                import { Base } from "./base";
                export class Storage extends Base<User> implements IStorage { async getUser(id) {} }
                export const storage: IStorage = new Storage();
                export const cache = Cache.getInstance();
                class Cache { static getInstance() {} get(key) {} }
                export const legacy = make();
            """,
            "base.ts": "export class Base { async remove(id) {} }",
            "users.ts": "class Users { find() {} }\nexport default new Users();",
        }
    )

    def leads(name: str) -> tuple[str, str | None]:
        found = view.modules.definition("routes.ts", name)
        assert found is not None
        return found.path, found.function.name if found.function else None

    assert leads("storage.getUser") == ("storage.ts", "Storage.getUser")
    assert leads("storage.remove") == ("base.ts", "Base.remove")
    assert leads("cache.get") == ("storage.ts", "Cache.get")
    assert leads("users.find") == ("users.ts", "Users.find")
    assert leads("legacy.get") == ("storage.ts", None)


def test_inherited_methods_in_python() -> None:
    view = project(
        {
            "base.py": "class Crud:\n    def get(self, id): pass\n",
            "crud.py": "from base import Crud\nclass Users(Crud[User]):\n    pass\nusers = Users(User)\n",
            "api.py": "from crud import users\n",
        }
    )
    found = view.modules.definition("api.py", "users.get")
    assert found is not None
    assert (found.path, found.name) == ("base.py", "Crud.get")


def test_names_behind_a_star_of_a_package() -> None:
    view = project(
        {"a.ts": 'import { Prisma } from "./db"; Prisma.sql()', "db.ts": 'export * from "@prisma/client";'}
    )
    found = view.modules.definition("a.ts", "Prisma.sql")
    assert found is not None
    assert (found.package, found.name) == ("@prisma/client", "Prisma.sql")


def test_circles_end() -> None:
    view = project(
        {"a.ts": 'export * from "./b"; import { x } from "./b"; x()', "b.ts": 'export * from "./a";'}
    )
    assert view.modules.definition("a.ts", "x") is None


def test_python() -> None:
    view = project(
        {
            "app/__init__.py": "from .factory import create_app\nfrom .extensions import *\n",
            "app/factory.py": "def create_app(): pass\n",
            "app/extensions.py": "db = SQLAlchemy()\ndef login(): pass\n",
            "app/auth/__init__.py": "",
            "app/auth/deps.py": "def current_user(): pass\nclass Guard:\n    def check(self): pass\n",
            "app/main.py": (
                "import app.auth.deps\nimport app.auth.deps as deps\nfrom app import create_app, login, db\n"
                "from app.auth import deps as d\nfrom app.auth.deps import Guard\nfrom fastapi import Depends\n"
            ),
        }
    )
    definition = view.modules.definition

    def leads(name: str) -> tuple[str, str, str]:
        found = definition("app/main.py", name)
        assert found is not None
        return found.path, found.name, found.package

    assert leads("create_app") == ("app/factory.py", "create_app", "")
    assert leads("login") == ("app/extensions.py", "login", "")
    assert leads("db") == ("app/extensions.py", "db", "")
    assert leads("app.auth.deps.current_user") == ("app/auth/deps.py", "current_user", "")
    assert leads("deps.current_user") == ("app/auth/deps.py", "current_user", "")
    assert leads("d.current_user") == ("app/auth/deps.py", "current_user", "")
    assert leads("Guard.check") == ("app/auth/deps.py", "Guard.check", "")
    assert leads("Guard") == ("app/auth/deps.py", "Guard", "")
    assert leads("Depends") == ("", "Depends", "fastapi")
