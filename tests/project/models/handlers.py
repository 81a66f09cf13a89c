"""Webhook handlers that are right, one per framework, for tables of one-expression mutations."""

from __future__ import annotations

NEXT_APP = """
import Stripe from "stripe";
import { headers } from "next/headers";
import { NextResponse } from "next/server";
import { prisma } from "@/lib/prisma";

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!);
const endpointSecret = process.env.STRIPE_WEBHOOK_SECRET!;

export async function POST(req: Request) {
  const body = await req.text();
  const signature = (await headers()).get("stripe-signature");
  if (!signature) {
    return NextResponse.json({ error: "Missing signature" }, { status: 400 });
  }

  let event: Stripe.Event;
  try {
    event = stripe.webhooks.constructEvent(body, signature, endpointSecret);
  } catch (err) {
    console.error("Webhook error", err);
    return NextResponse.json({ error: "Invalid signature" }, { status: 400 });
  }

  switch (event.type) {
    case "checkout.session.completed": {
      const session = event.data.object as Stripe.Checkout.Session;
      await prisma.user.update({
        where: { id: session.metadata!.userId },
        data: { plan: "pro" },
      });
      break;
    }
    default:
      console.log("ignored", event.type);
  }
  return NextResponse.json({ received: true });
}
"""
NEXT_APP_PATH = "app/api/webhooks/stripe/route.ts"

NEXT_PAGES = """
import Stripe from "stripe";
import { buffer } from "micro";
import type { NextApiRequest, NextApiResponse } from "next";
import { db } from "../../../lib/db";

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!);

export const config = { api: { bodyParser: false } };

export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  if (req.method !== "POST") return res.status(405).end();
  const buf = await buffer(req);
  const sig = req.headers["stripe-signature"] as string;
  let event: Stripe.Event;
  try {
    event = stripe.webhooks.constructEvent(buf, sig, process.env.STRIPE_WEBHOOK_SECRET!);
  } catch (err: any) {
    return res.status(400).send(`Webhook Error: ${err.message}`);
  }
  if (event.type === "invoice.paid") {
    const invoice = event.data.object as Stripe.Invoice;
    await db.subscription.update({ where: { customer: invoice.customer }, data: { active: true } });
  }
  res.json({ received: true });
}
"""
NEXT_PAGES_PATH = "pages/api/webhooks/stripe.ts"

EXPRESS = """
import express from "express";
import crypto from "crypto";
import { storage } from "./storage";

const app = express();

app.post("/api/webhooks/paystack", express.raw({ type: "application/json" }), async (req, res) => {
  const secret = process.env.PAYSTACK_SECRET_KEY;
  if (!secret) {
    return res.status(500).send("not configured");
  }
  const signature = req.headers["x-paystack-signature"] as string;
  const expected = crypto.createHmac("sha512", secret).update(req.body).digest("hex");
  const a = Buffer.from(expected);
  const b = Buffer.from(signature || "");
  if (a.length !== b.length || !crypto.timingSafeEqual(a, b)) {
    return res.status(401).send("Invalid signature");
  }
  const event = JSON.parse(req.body.toString("utf8"));
  if (event.event === "charge.success") {
    await storage.updateOrderStatus(event.data.reference, "paid");
  }
  res.sendStatus(200);
});

app.use(express.json());

app.listen(3000);
"""
EXPRESS_PATH = "server/index.ts"

HONO = """
import { Hono } from "hono";
import { Webhook } from "svix";
import { db } from "./db";
import { users } from "./schema";

const app = new Hono();

app.post("/webhooks/clerk", async (c) => {
  const payload = await c.req.text();
  const headers = {
    "svix-id": c.req.header("svix-id")!,
    "svix-timestamp": c.req.header("svix-timestamp")!,
    "svix-signature": c.req.header("svix-signature")!,
  };
  const wh = new Webhook(process.env.CLERK_WEBHOOK_SECRET!);
  let evt: any;
  try {
    evt = wh.verify(payload, headers);
  } catch {
    return c.text("Invalid signature", 400);
  }
  if (evt.type === "user.created") {
    await db.insert(users).values({ id: evt.data.id, email: evt.data.email_addresses[0].email_address });
  }
  return c.json({ ok: true });
});

export default app;
"""
HONO_PATH = "src/index.ts"

DENO = """
import Stripe from "https://esm.sh/stripe@14.21.0?target=deno";
import { createClient } from "npm:@supabase/supabase-js@2";

const stripe = new Stripe(Deno.env.get("STRIPE_SECRET_KEY")!, { apiVersion: "2023-10-16" });
const cryptoProvider = Stripe.createSubtleCryptoProvider();

Deno.serve(async (req) => {
  const signature = req.headers.get("Stripe-Signature");
  const body = await req.text();
  let event: Stripe.Event;
  try {
    event = await stripe.webhooks.constructEventAsync(
      body,
      signature!,
      Deno.env.get("STRIPE_WEBHOOK_SECRET")!,
      undefined,
      cryptoProvider,
    );
  } catch (err) {
    return new Response(err.message, { status: 400 });
  }
  const supabase = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!);
  if (event.type === "checkout.session.completed") {
    const session = event.data.object;
    await supabase.from("profiles").update({ is_pro: true }).eq("id", session.client_reference_id);
  }
  return new Response(JSON.stringify({ received: true }), { status: 200 });
});
"""
DENO_PATH = "supabase/functions/stripe-webhook/index.ts"

FASTAPI = """
import os

import stripe
from fastapi import APIRouter, HTTPException, Request
from .db import SessionLocal
from .models import User

router = APIRouter(prefix="/api")
WEBHOOK_SECRET = os.environ["STRIPE_WEBHOOK_SECRET"]


@router.post("/webhooks/stripe")
async def stripe_webhook(request: Request):
    payload = await request.body()
    sig_header = request.headers.get("stripe-signature")
    try:
        event = stripe.Webhook.construct_event(payload, sig_header, WEBHOOK_SECRET)
    except ValueError:
        raise HTTPException(status_code=400, detail="Invalid payload")
    except stripe.error.SignatureVerificationError:
        raise HTTPException(status_code=400, detail="Invalid signature")
    if event["type"] == "checkout.session.completed":
        session = event["data"]["object"]
        with SessionLocal() as db:
            user = db.query(User).filter(User.id == session["client_reference_id"]).first()
            user.plan = "pro"
            db.commit()
    return {"received": True}
"""
FASTAPI_PATH = "app/webhooks.py"

FLASK = """
import hashlib
import hmac
import os

from flask import Blueprint, abort, request
from .extensions import db
from .models import Order

bp = Blueprint("hooks", __name__)


@bp.route("/webhooks/razorpay", methods=["POST"])
def razorpay_webhook():
    body = request.get_data()
    received = request.headers.get("X-Razorpay-Signature", "")
    expected = hmac.new(os.environ["RAZORPAY_WEBHOOK_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, received):
        abort(400)
    event = request.get_json()
    if event["event"] == "payment.captured":
        order = Order.query.filter_by(reference=event["payload"]["payment"]["entity"]["order_id"]).first()
        order.status = "paid"
        db.session.commit()
    return {"ok": True}
"""
FLASK_PATH = "app/hooks.py"

DJANGO = """
import json

import stripe
from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from .models import Subscription


@csrf_exempt
@require_POST
def stripe_webhook(request):
    payload = request.body
    sig_header = request.META.get("HTTP_STRIPE_SIGNATURE")
    try:
        event = stripe.Webhook.construct_event(payload, sig_header, settings.STRIPE_WEBHOOK_SECRET)
    except (ValueError, stripe.error.SignatureVerificationError):
        return HttpResponse(status=400)
    if event["type"] == "customer.subscription.deleted":
        Subscription.objects.filter(stripe_id=event["data"]["object"]["id"]).update(status="canceled")
    return HttpResponse(status=200)
"""
DJANGO_PATH = "billing/views.py"
