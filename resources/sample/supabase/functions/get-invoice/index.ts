import { createClient } from "https://esm.sh/@supabase/supabase-js@2.57.2";

const admin = createClient(Deno.env.get("SUPABASE_URL")!, Deno.env.get("SUPABASE_SERVICE_ROLE_KEY")!);

Deno.serve(async (req) => {
  const { data: auth } = await admin.auth.getUser(req.headers.get("Authorization")?.replace("Bearer ", "") ?? "");
  if (!auth.user) return new Response("Unauthorized", { status: 401 });

  const { invoiceId } = await req.json();
  const { data } = await admin.from("invoices").select("*").eq("id", invoiceId).single();
  return Response.json(data);
});
