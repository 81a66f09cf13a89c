"""What administrators send is judged milder than what every user sends."""

from __future__ import annotations

from lastmile_desktop.core.check import Severity
from lastmile_desktop.detectors.access.over_posting import detect
from tests.project.models.hooks import view_of

AUTH = """import jwt from "jsonwebtoken";
export function requireUser(req: any, res: any, next: any) {
  const payload = jwt.verify(req.cookies.token, process.env.JWT_SECRET!);
  if (!payload) return res.status(401).end();
  req.user = payload;
  next();
}
export function requireAdmin(req: any, res: any, next: any) {
  if (req.user.role !== "admin") return res.status(403).end();
  next();
}
"""
ROUTES = """import express from "express";
import { prisma } from "./db";
import { requireAdmin, requireUser } from "./auth";
const app = express();
app.post("/api/admin/prices", requireUser, requireAdmin, async (req: any, res: any) => {
  await prisma.price.create({ data: req.body });
  res.json({ ok: true });
});
app.post("/api/notes", requireUser, async (req: any, res: any) => {
  await prisma.note.create({ data: req.body });
  res.json({ ok: true });
});
"""


def test_a_body_that_only_administrators_send_is_a_note() -> None:
    files = {
        "package.json": '{"dependencies": {"express": "4.21.2"}}',
        "server/auth.ts": AUTH,
        "server/routes.ts": ROUTES,
    }
    found = [item for item in detect(view_of(files)).findings if item.rule.endswith("/spread-body")]
    assert [(item.evidence[0].line_start, item.severity) for item in found] == [
        (6, Severity.INFO),
        (10, None),
    ]
