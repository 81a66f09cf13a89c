import { createClient } from "@supabase/supabase-js";

// The dashboard needs to see every crew's jobs, so it uses the service role.
export const supabaseAdmin = createClient(
  import.meta.env.VITE_SUPABASE_URL,
  import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY,
);
