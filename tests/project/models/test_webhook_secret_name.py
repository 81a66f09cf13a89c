"""A webhook's own secret is named, not another setting that may be unset as well."""

from __future__ import annotations

from lastmile_desktop.detectors.payments.webhook_unverified import detect
from tests.project.models.graphs import project

FUNCTION = """
import Stripe from "https://esm.sh/stripe@18";
import { createClient } from "npm:@supabase/supabase-js@2";

Deno.serve(async (req) => {
  const stripeKey = Deno.env.get("STRIPE_SECRET_KEY");
  const webhookSecret = Deno.env.get("STRIPE_WEBHOOK_SECRET");
  if (!stripeKey) throw new Error("STRIPE_SECRET_KEY is not set");
  const stripe = new Stripe(stripeKey);
  const supabase = createClient(Deno.env.get("SUPABASE_URL") ?? "", Deno.env.get("SUPABASE_SERVICE_ROLE_KEY") ?? "");
  const body = await req.text();
  let event;
  if (webhookSecret) {
    event = await stripe.webhooks.constructEventAsync(body, req.headers.get("stripe-signature"), webhookSecret);
  } else {
    event = JSON.parse(body);
  }
  if (event.type === "checkout.session.completed") {
    await supabase.from("profiles").update({ plan: "pro" }).eq("id", event.data.object.client_reference_id);
  }
  return new Response("ok");
});
"""


def test_the_secret_of_the_webhook_is_named() -> None:
    view = project(
        {
            "supabase/functions/stripe-webhook/index.ts": FUNCTION,
            "package.json": '{"dependencies": {"@supabase/supabase-js": "2"}}',
        }
    )
    messages = [item.message for item in detect(view).findings if item.rule.endswith("/secret-missing")]
    assert messages and all("`STRIPE_WEBHOOK_SECRET`" in message for message in messages), messages
