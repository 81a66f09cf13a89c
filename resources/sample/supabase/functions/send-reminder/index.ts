import { createClient } from "https://esm.sh/@supabase/supabase-js@2.57.2";

const admin = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!);

Deno.serve(async (req) => {
  const { invoiceId, email } = await req.json();
  const { data } = await admin.from("invoices").select("total").eq("id", invoiceId).single();
  await fetch("https://api.resend.com/emails", {
    method: "POST",
    headers: { Authorization: `Bearer ${Deno.env.get("RESEND_API_KEY")}`, "Content-Type": "application/json" },
    body: JSON.stringify({ from: "crew@acme.example", to: email, subject: `Invoice over ${data?.total}` }),
  });
  return new Response("sent");
});
