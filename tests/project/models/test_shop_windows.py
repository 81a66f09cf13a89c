"""What strangers are meant to see weighs less than what they are not."""

from __future__ import annotations

from lastmile_desktop.project.models.routes.openings import Weight, opening
from lastmile_desktop.project.models.routes.shop_windows import windows
from lastmile_desktop.project.models.schema.tables import Tables
from tests.project.models.hooks import view_of

_DEALS = """
from fastapi import APIRouter, FastAPI
from motor.motor_asyncio import AsyncIOMotorClient
import os
import razorpay

app = FastAPI()
db = AsyncIOMotorClient(os.environ["MONGO_URL"]).shop
razorpay_client = razorpay.Client(auth=("a", "b"))


@app.get("/deals")
async def get_deals():
    return await db.deals.find({}, {"_id": 0}).to_list(1000)


@app.get("/deals/active")
async def get_active():
    return await db.deals.find({"is_active": True}, {"_id": 0}).to_list(10)


@app.post("/deals/{deal_id}/track-view")
async def track_view(deal_id: str):
    await db.deals.update_one({"id": deal_id}, {"$inc": {"views_count": 1}})


@app.post("/deals/{deal_id}/grant")
async def grant(deal_id: str):
    await db.deals.update_one({"id": deal_id}, {"$inc": {"credits": 1}})


@app.get("/orders")
async def get_orders():
    return await db.orders.find({"is_active": True}).to_list(1000)


@app.post("/payments/verify")
async def verify(payment: Payment):
    razorpay_client.utility.verify_payment_signature({"razorpay_signature": payment.signature})
    await db.payments.update_one({"order_id": payment.order_id}, {"$set": {"status": "paid"}})
"""
_GYMS = """
"use server"
import { createClient } from "@supabase/supabase-js"

const admin = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_SERVICE_ROLE_KEY!)

export async function getGym(slug: string) {
  const { data } = await admin.from("accounts_of_gyms").select("id, name, city").eq("slug", slug).single()
  return data
}

export async function getWholeGym(slug: string) {
  const { data } = await admin.from("accounts_of_gyms").select("*").eq("slug", slug).single()
  return data
}
"""
_SCHEMA = """
create table public.accounts_of_gyms (
  id uuid primary key, owner_id uuid references auth.users (id), name text, city text, slug text, email text, phone text
);
"""


def _weights(files: dict[str, str]) -> dict[str, Weight | None]:
    view = view_of(files)
    routes = view.routes.routes
    tables, shown = Tables(view.schema), windows(routes)
    found = {route.route: opening(route, tables, shown) for route in routes}
    return {name: item.weight if item else None for name, item in found.items()}


def test_banners_and_counters_weigh_less_than_orders_and_credits() -> None:
    assert _weights({"main.py": _DEALS}) == {
        "/deals": None,
        "/deals/active": None,
        "/deals/{deal_id}/track-view": None,
        "/deals/{deal_id}/grant": Weight.WRITE,
        "/orders": Weight.READ,
        "/payments/verify": None,
    }


def test_a_few_columns_by_the_name_in_the_address_are_for_visitors() -> None:
    files = {
        "package.json": '{"dependencies": {"next": "15.0.0", "@supabase/supabase-js": "2.0.0"}}',
        "lib/gyms.ts": _GYMS,
        "supabase/migrations/20260101000000_init.sql": _SCHEMA,
    }
    assert _weights(files) == {"getGym": None, "getWholeGym": Weight.READ}
