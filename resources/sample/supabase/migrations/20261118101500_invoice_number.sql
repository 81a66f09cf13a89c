alter table public.invoices add column number text;
update public.invoices set number = 'INV-' || id;
alter table public.invoices alter column number set not null;
create index invoices_by_user on public.invoices (user_id);
