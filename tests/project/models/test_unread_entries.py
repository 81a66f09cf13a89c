"""What answers strangers and is not read is told, once a kind."""

from __future__ import annotations

import pytest

from lastmile_desktop.project.models.routes.unread_entries import unread_entries
from tests.project.models.hooks import view_of

_CASES = {
    "WebSocket messages": {
        "src/ws.ts": 'import { WebSocketServer } from "ws";\nconst wss = new WebSocketServer({ port: 1 });\n'
    },
    "GraphQL resolvers": {
        "src/index.ts": 'import { ApolloServer } from "@apollo/server";\nconst server = new ApolloServer({ resolvers });\n'
    },
    "Convex functions": {
        "convex/a.ts": 'import { query } from "./_generated/server";\nexport const list = query({ handler: async () => 1 });\n'
    },
    "aiohttp routes": {"app.py": "from aiohttp import web\napp = web.Application()\n"},
    "Django Channels consumers": {
        "chat/consumers.py": "from channels.generic.websocket import WebsocketConsumer\nclass C(WebsocketConsumer): ...\n"
    },
    "routes written in PHP": {"composer.json": '{"require": {"laravel/framework": "11"}}'},
    "functions that the host's settings name": {
        "serverless.yml": "functions:\n  users:\n    handler: src/users.handler\n"
    },
}


@pytest.mark.parametrize("what", _CASES)
def test_they_are_told(what: str) -> None:
    assert [item.what for item in unread_entries(view_of(_CASES[what]))] == [what]


def test_a_known_app_behind_one_function_is_read() -> None:
    files = {
        "package.json": '{"dependencies": {"express": "4", "serverless-http": "3"}}',
        "serverless.yml": "functions:\n  api:\n    handler: src/app.handler\n",
    }
    assert unread_entries(view_of(files)) == ()


def test_clients_are_no_entries() -> None:
    files = {
        "src/a.ts": 'import WebSocket from "ws";\nconst socket = new WebSocket("wss://example.com");\n',
        "src/b.ts": 'import { io } from "socket.io-client";\nio("/");\n',
        "src/c.tsx": 'import { useQuery } from "convex/react";\nuseQuery(api.a.list);\n',
        "bot.py": "import aiohttp\nsession = aiohttp.ClientSession()\n",
    }
    assert unread_entries(view_of(files)) == ()
