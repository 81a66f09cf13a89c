type Job = { title: string; photo_url: string; notes_html: string };

export default function JobCard({ job }: { job: Job }) {
  return (
    <article>
      <img src={job.photo_url} />
      <h3>{job.title}</h3>
      <div dangerouslySetInnerHTML={{ __html: job.notes_html }} />
    </article>
  );
}
