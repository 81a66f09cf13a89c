import { useState } from "react";
import { supabase } from "@/integrations/supabase/client";

export default function Invoices() {
  const [id, setId] = useState("");
  const [total, setTotal] = useState<number | null>(null);

  async function show() {
    const { data } = await supabase.functions.invoke("get-invoice", { body: { invoiceId: id } });
    setTotal(data?.total ?? null);
  }

  return (
    <main>
      <label>
        Invoice number
        <input value={id} onChange={(event) => setId(event.target.value)} />
      </label>
      <button onClick={show}>Show</button>
      {total !== null && <p>{total}</p>}
    </main>
  );
}
