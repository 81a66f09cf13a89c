create table public.crews (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  owner_id uuid not null references auth.users (id)
);

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  crew_id uuid not null references public.crews (id),
  user_id uuid not null references auth.users (id),
  title text not null,
  address text,
  photo_url text,
  notes_html text
);

create table public.invoices (
  id bigint generated always as identity primary key,
  user_id uuid not null references auth.users (id),
  total integer not null,
  paid boolean not null default false
);

alter table public.crews enable row level security;
alter table public.jobs enable row level security;

create policy "owners see their crew" on public.crews
  for select to authenticated using (owner_id = (select auth.uid()));

create policy "jobs are visible" on public.jobs
  for select using (true);

create policy "own jobs can be changed" on public.jobs
  for all to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
