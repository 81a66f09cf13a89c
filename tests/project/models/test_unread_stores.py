"""Tables that code makes and that the schema does not know are told, once a kind."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.schema.unread_stores import unread_stores
from tests.project.models.hooks import view_of

_CASES = {
    "TypeORM entities": {
        "src/user.ts": 'import { Entity, Column } from "typeorm";\n@Entity()\nexport class User { @Column() email: string; }\n'
    },
    "Sequelize models": {
        "src/user.js": 'import { DataTypes } from "sequelize";\n'
        'export const User = sequelize.define("User", { email: DataTypes.STRING });\n'
    },
    "Mongoose models": {
        "src/user.js": 'import mongoose from "mongoose";\nconst s = new mongoose.Schema({ email: String });\n'
    },
    "migrations written in JavaScript": {
        "migrations/1.js": 'exports.up = async (knex) => { await knex.schema.createTable("users", (t) => { t.increments(); }); };\n'
    },
    "CREATE TABLE statements in code": {
        "src/db.js": 'import Database from "better-sqlite3";\nconst db = new Database("a.db");\n'
        "db.exec(`CREATE TABLE IF NOT EXISTS users (id INTEGER)`);\n"
    },
    "Peewee models": {"models.py": "from peewee import *\nclass User(Model):\n    email = CharField()\n"},
    "Tortoise models": {
        "models.py": "from tortoise import fields, models\nclass User(models.Model):\n    email = fields.CharField()\n"
    },
}


@pytest.mark.parametrize("what", _CASES)
def test_they_are_told(what: str) -> None:
    view = view_of(_CASES[what])
    assert [item.what for item in unread_stores(view)] == [what]
    assert not view.schema.tables


def test_asking_makes_no_table() -> None:
    files = {
        "src/a.ts": 'import { DataSource } from "typeorm";\nexport const a = new DataSource({ type: "postgres" });\n',
        "src/b.ts": 'import mongoose from "mongoose";\nmongoose.connect(process.env.MONGO_URL);\n',
        "src/c.ts": 'pool.query("SELECT * FROM users");\n',
    }
    assert unread_stores(view_of(files)) == ()
