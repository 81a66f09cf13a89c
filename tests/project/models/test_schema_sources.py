"""Where the schema comes from: tools, loose files, ORM models, and code that names tables."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.models.schema.model import Completeness
from lastmile_desktop.project.models.schema.prisma import read_prisma
from lastmile_desktop.project.models.schema.python import read_models
from lastmile_desktop.project.models.sql.alembic_ops import read_alembic
from lastmile_desktop.project.models.sql.django_ops import read_django
from tests.project.models.graphs import project

PACKAGE = '{"dependencies": {"@supabase/supabase-js": "2", "drizzle-orm": "0.44"}}'


def test_discarded_migrations_and_the_way_back_are_left_out() -> None:
    schema = project(
        {
            ".bolt/supabase_discarded_migrations/1_a.sql": "create table a (id int);",
            "migrations/0001_init.up.sql": "create table b (id int);",
            "migrations/0001_init.down.sql": "drop table b;",
            "migrations/archive/0001_old.sql": "create table c (id int);",
        }
    ).schema
    assert set(schema.tables) == {"public.b"}


BEFORE = """create table profiles (id uuid, plan text); create table files (id uuid, owner text);
create table wallets (id uuid); create table tokens (id uuid); create table signups (id uuid);"""
AGAIN = "create table profiles (id uuid, email text); create table files (id uuid, path text);"


def _with_types(tables: dict[str, str]) -> set[str]:
    rows = "".join(
        f"      {name}: {{\n        Row: {{\n"
        + "".join(f"          {column}: string\n" for column in columns.split())
        + "        }\n      }\n"
        for name, columns in tables.items()
    )
    types = f"export type Database = {{\n  public: {{\n    Tables: {{\n{rows}    }}\n  }}\n}}\n"
    schema = project(
        {
            "package.json": PACKAGE,
            "supabase/migrations/20250101000000_a.sql": BEFORE,
            "supabase/migrations/20260101000000_b.sql": AGAIN,
            "src/integrations/supabase/types.ts": types,
        }
    ).schema
    assert (schema.begun is None) == (len(schema.migrations) == 2)
    return {table.bare_name for table in schema.tables.values()}


def test_migrations_of_another_database_are_left_behind() -> None:
    assert _with_types({"profiles": "id email", "files": "id path"}) == {"profiles", "files"}


def test_tables_made_again_alone_hide_no_others() -> None:
    everything = {"profiles", "files", "wallets", "tokens", "signups"}
    # The live database has the old tables, or the types are older than the second making.
    assert (
        _with_types({"profiles": "id email", "files": "id path", "wallets": "id", "tokens": "id"})
        == everything
    )
    assert _with_types({"profiles": "id plan", "files": "id owner"}) == everything
    assert _with_types({}) == everything


def test_numbered_files_run_by_their_numbers() -> None:
    schema = project(
        {
            "scripts/10_rename.sql": "alter table a rename to b;",
            "scripts/2_create.sql": "create table a (id int);",
            "scripts/11_add_check_constraint.sql": "alter table b add column c int;",
        }
    ).schema
    assert [column.name for column in schema.tables["public.b"].columns] == ["id", "c"]


def test_loose_files_beside_a_tool_add_protection_and_take_none_away() -> None:
    schema = project(
        {
            "supabase/migrations/20250101000000_a.sql": "create table a (id int); alter table a enable row level security;"
            "create table b (id int);",
            "scripts/fix.sql": "alter table a disable row level security; alter table b enable row level security;"
            "drop table a;",
        }
    ).schema
    assert {name: table.rls for name, table in schema.tables.items()} == {"public.a": True, "public.b": True}


def test_drizzle_migrations_follow_their_journal() -> None:
    schema = project(
        {
            "package.json": PACKAGE,
            "drizzle/meta/_journal.json": '{"dialect": "postgresql", "entries": [{"tag": "b_first"}, {"tag": "a_second"}]}',
            "drizzle/b_first.sql": "create table x (id int);",
            "drizzle/a_second.sql": "alter table x rename to y;",
        }
    ).schema
    assert set(schema.tables) == {"public.y"}
    assert [item.tool for item in schema.migrations] == ["drizzle", "drizzle"]


def test_drizzle_tables() -> None:
    schema = project(
        {
            "package.json": PACKAGE,
            "db/schema.ts": """
import { index, integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
export const users = pgTable("users", { id: serial("id").primaryKey(), email: text("email").notNull().unique() });
export const posts = pgTable("posts", {
  id: serial("id").primaryKey(),
  authorId: integer("author_id").notNull().references(() => users.id, { onDelete: "cascade" }),
  createdAt: timestamp().defaultNow(),
}, (table) => [index("posts_author_idx").on(table.authorId)]);
""",
        }
    ).schema
    posts = schema.tables["public.posts"]
    assert [column.name for column in posts.columns] == ["id", "author_id", "created_at"]
    assert [(key.columns, key.table, key.on_delete) for key in posts.foreign_keys] == [
        (("author_id",), "public.users", "cascade")
    ]
    assert ("author_id",) in [index.columns for index in posts.indexes]
    assert schema.source == "models"


def test_prisma_models() -> None:
    schema = project(
        {
            "prisma/schema.prisma": """
model User {
  id    String @id @default(uuid())
  email String @unique
  posts Post[]
  @@map("users")
}

model Post {
  id       String  @id
  authorId String  @map("author_id")
  author   User    @relation(fields: [authorId], references: [id], onDelete: Cascade)
  title    String?
  @@index([authorId])
  @@schema("blog")
}
"""
        }
    ).schema
    post = schema.tables["blog.post"]
    assert [(column.name, column.nullable) for column in post.columns] == [
        ("id", False), ("author_id", False), ("title", True),
    ]  # fmt: skip
    assert [(key.columns, key.table, key.on_delete) for key in post.foreign_keys] == [
        (("author_id",), "public.users", "cascade")
    ]


def test_sqlalchemy_and_django_models() -> None:
    schema = project(
        {
            "app/models.py": """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email = Column(String(80), nullable=False, unique=True)

class Item(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    owner_id: int = Field(foreign_key="users.id", index=True)
""",
            "shop/models.py": """
from django.db import models
class Order(models.Model):
    customer = models.ForeignKey("shop.Customer", on_delete=models.CASCADE)
    total = models.DecimalField(max_digits=8, decimal_places=2)
""",
        }
    ).schema
    assert set(schema.tables) == {"public.users", "public.item", "public.shop_order"}
    assert [column.name for column in schema.tables["public.shop_order"].columns] == ["customer_id", "total"]
    assert [key.table for key in schema.tables["public.item"].foreign_keys] == ["public.users"]


def test_alembic_revisions_run_in_the_order_of_their_parents() -> None:
    def revision(name: str, down: str, body: str) -> str:
        return f"from alembic import op\nrevision = '{name}'\ndown_revision = {down}\n\ndef upgrade():\n    {body}\n"

    schema = project(
        {
            "alembic/versions/a_later.py": revision("two", "'one'", "op.rename_table('a', 'b')"),
            "alembic/versions/z_first.py": revision(
                "one", "None", "op.create_table('a', sa.Column('id', sa.Integer()))"
            ),
        }
    ).schema
    assert set(schema.tables) == {"public.b"}


def test_tables_that_code_names_and_nothing_creates() -> None:
    schema = project(
        {
            "package.json": PACKAGE,
            "supabase/migrations/20250101000000_a.sql": "create table a (id int);",
            "src/a.ts": "supabase.from('a').select('*'); supabase\n  .from('ghosts')\n  .insert({});"
            "supabase.storage.from('bucket').upload('x');",
            "src/types.ts": "export type Database = {\n  public: {\n    Tables: {\n      typed: {\n        Row: {\n"
            "          id: string\n        }\n      }\n    }\n    Views: {\n    }\n  }\n}\n",
        }
    ).schema
    assert schema.missing_tables == ("public.ghosts", "public.typed")
    assert schema.completeness is Completeness.PARTIAL
    assert schema.used_tables["public.ghosts"].line == 2


def test_exposed_schemas_are_read_from_the_configuration() -> None:
    schema = project(
        {"supabase/config.toml": '[api]\nschemas = ["public", "graphql_public", "Sales"]\n'}
    ).schema
    assert schema.exposed_schemas == ("public", "sales")
    assert schema.exposed_place is not None and schema.exposed_place.line == 2


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_readers_of_models(text: str) -> None:
    for source in (
        text,
        f"from alembic import op\nrevision='1'\ndef upgrade():\n    {text}",
        f"model A {{\n{text}\n}}",
    ):
        read_alembic(source)
        read_django("app", f"class Migration(migrations.Migration):\n    operations = [{text}]")
        read_models("app", f"class A(models.Model):\n    {text}")
        read_prisma(source)
