import { useEffect, useState } from "react";
import { supabase } from "@/integrations/supabase/client";
import { supabaseAdmin } from "@/lib/admin";
import JobCard from "@/components/JobCard";

type Job = { id: string; title: string; photo_url: string; notes_html: string };

export default function Jobs() {
  const [jobs, setJobs] = useState<Job[]>([]);
  const [search, setSearch] = useState("");

  useEffect(() => {
    supabase
      .from("jobs")
      .select("*")
      .or(`title.ilike.%${search}%,address.ilike.%${search}%`)
      .then(({ data }) => setJobs((data as Job[]) ?? []));
  }, [search]);

  async function countAll() {
    const { count } = await supabaseAdmin.from("jobs").select("*", { count: "exact", head: true });
    alert(`${count} jobs in all crews`);
  }

  return (
    <main>
      <input placeholder="Search jobs" value={search} onChange={(event) => setSearch(event.target.value)} />
      <div onClick={countAll}>Count all</div>
      {jobs.map((job) => (
        <JobCard key={job.id} job={job} />
      ))}
    </main>
  );
}
