import { exec, execFile, spawn } from "node:child_process";

// ---- where input comes from ------------------------------------------------------------------------------
export async function POST(request: Request, { params }: { params: Promise<{ id: string }> }) {
  const body = await request.json();
  // ruleid: injection-js-sql
  await db.query(`select * from notes where title = '${body.title}'`);
  const { id } = await params;
  // ruleid: injection-js-sql
  await db.execute("select * from notes where id = " + id);
  const q = request.nextUrl.searchParams.get("q");
  // ruleid: injection-js-sql
  await pool.query(`select * from notes where body like '%${q}%'`);
  // ok: injection-js-sql
  await pool.query("select * from notes where id = $1", [id]);
  // ok: injection-js-sql
  await db.execute(sql`select * from notes where id = ${id}`);
  const row = await db.notes.load(body.title);
  // ok: injection-js-sql
  await db.query(`select * from notes where owner = '${row.owner}'`);
  // ok: injection-js-sql
  await db.query(`select * from notes limit ${parseInt(body.limit)}`);
}

app.get("/search", async ({ query }, res) => {
  // ruleid: injection-js-sql
  const rows = await prisma.$queryRawUnsafe(`select * from notes where title = '${query.title}'`);
  // ok: injection-js-sql
  const safe = await prisma.$queryRaw`select * from notes where title = ${query.title}`;
  const columns = { name: "name", date: "created_at" };
  // ok: injection-js-sql
  await db.query(`select * from notes order by ${columns[query.sort]}`);
});

export const notes = router({
  find: t.procedure.input(z.object({ name: z.string() })).query(async ({ ctx, input }) => {
    // ruleid: injection-js-sql
    return ctx.db.execute("select * from notes where name = '" + input.name.trim().toLowerCase() + "'");
  }),
});

export const save = createServerFn({ method: "POST" }).handler(async ({ data }) => {
  // ruleid: injection-js-sql-raw
  await db.execute(sql`select * from notes order by ${sql.raw(data.sort)}`);
});

Deno.serve(async (req) => {
  const { term, sql: statement } = await req.json();
  // ruleid: injection-js-filter
  const { data } = await supabase.from("notes").select().or(`title.ilike.%${term}%,body.ilike.%${term}%`);
  // ok: injection-js-filter
  await supabase.from("notes").select().or("title.eq.a,title.eq.b");
  // ruleid: injection-js-sql
  await supabase.rpc("exec_sql", { query: statement });
  return new Response("ok");
});

export const handler = async (event) => {
  const input = JSON.parse(event.body);
  // ruleid: injection-js-command
  exec("convert " + input.name);
};

// ---- commands and code -----------------------------------------------------------------------------------
app.post("/tools", (req, res) => {
  // ruleid: injection-js-command
  exec(`ping -c 1 ${req.body.host}`);
  // ruleid: injection-js-command
  spawn("sh", ["-c", req.body.cmd]);
  // ok: injection-js-command
  execFile("ping", ["-c", "1", req.body.host]);
  // ok: injection-js-command
  const found = /[a-z]+/.exec(req.body.host);
  // ruleid: injection-js-code
  eval(req.body.formula);
  // ruleid: injection-js-code
  const f = new Function("x", req.body.formula);
  // ok: injection-js-code
  setTimeout(() => log(req.body.formula), 100);
});

// ---- files -----------------------------------------------------------------------------------------------
app.get("/files/:name", (req, res) => {
  // ruleid: injection-js-path
  fs.readFile(path.join("/data", req.params.name), () => {});
  // ok: injection-js-path
  fs.readFile(path.join("/data", path.basename(req.params.name)), () => {});
  // ruleid: injection-js-path
  res.sendFile("/data/" + req.query.name);
  // ok: injection-js-path
  res.sendFile(req.query.name, { root: "/data" });
});

zip.getEntries().forEach((entry) => {
  // ruleid: injection-js-zip
  fs.writeFileSync(path.join("/data", entry.entryName), entry.getData());
  // ok: injection-js-zip
  fs.writeFileSync(path.join("/data", path.basename(entry.entryName)), entry.getData());
});

// ---- addresses -------------------------------------------------------------------------------------------
app.post("/preview", async (req, res) => {
  // ruleid: injection-js-ssrf
  const page = await fetch(req.body.url);
  // ruleid: injection-js-ssrf
  await axios.get(req.body.url, { timeout: 1000 });
  // ok: injection-js-ssrf
  await fetch(`https://api.example.com/users/${req.body.id}`);
  // ok: injection-js-ssrf
  await fetch(`${API_BASE}/users/${req.body.id}`);
  const address = `https://api.example.com/search?q=${req.body.q}`;
  // ok: injection-js-ssrf
  await fetch(address);
  // ruleid: injection-js-redirect
  res.redirect(req.query.next);
  // ok: injection-js-redirect
  res.redirect(`/welcome?from=${req.query.next}`);
});

export async function GET(request: NextRequest) {
  const { searchParams, origin } = new URL(request.url);
  const next = searchParams.get("next") ?? "/";
  // ruleid: injection-js-redirect
  return NextResponse.redirect(`${origin}${next}`);
}

// ---- pages -----------------------------------------------------------------------------------------------
app.get("/hello", (req, res) => {
  // ruleid: injection-js-xss
  res.send(`<h1>Hello ${req.query.name}</h1>`);
  // ok: injection-js-xss
  res.send(`<h1>Hello ${escapeHtml(req.query.name)}</h1>`);
  // ok: injection-js-xss
  res.json({ name: req.query.name });
  // ruleid: injection-js-template
  res.end(ejs.render(req.body.template, {}));
  // ok: injection-js-template
  res.end(ejs.render(layout, { name: req.query.name }));
});

function showFragment(panel: HTMLElement) {
  // ruleid: injection-js-xss
  panel.innerHTML = decodeURIComponent(location.hash.slice(1));
  // ok: injection-js-xss
  panel.innerHTML = DOMPurify.sanitize(location.hash);
  // ok: injection-js-xss
  panel.textContent = location.hash;
}

async function showComments(panel: HTMLElement) {
  const res = await fetch("/api/comments");
  const comments = await res.json();
  // ruleid: injection-js-xss-dom
  panel.innerHTML = comments.map((comment) => `<p>${comment.text}</p>`).join("");
}

// ---- documents, properties, headers ----------------------------------------------------------------------
app.post("/login", async (req, res) => {
  // ruleid: injection-js-nosql
  const user = await User.findOne({ email: req.body.email, password: req.body.password });
  // ok: injection-js-nosql
  await User.findOne({ email: String(req.body.email) });
  // ok: injection-js-nosql
  await User.findOne({ _id: req.params.id });
  // ok: injection-js-nosql
  await prisma.user.findFirst({ where: { email: req.body.email } });
  // ruleid: injection-js-nosql-where
  await users.find({ $where: `this.name == '${req.query.name}'` });
  // ruleid: injection-js-prototype
  settings[req.body.group][req.body.key] = req.body.value;
  // ruleid: injection-js-prototype
  _.merge(settings, req.body);
  // ruleid: injection-js-header
  res.setHeader(req.query.header, "1");
  // ruleid: injection-js-log
  fs.appendFileSync("access.log", `${req.query.user} signed in\n`);
});

// ruleid: injection-js-prototype-merge
function mergeDeep(target, source) {
  for (const key in source) {
    if (typeof source[key] === "object") {
      mergeDeep(target[key], source[key]);
    } else {
      target[key] = source[key];
    }
  }
  return target;
}

// ok: injection-js-prototype-merge
function mergeSafely(target, source) {
  for (const key in source) {
    if (key === "__proto__" || key === "constructor") continue;
    if (typeof source[key] === "object") mergeSafely(target[key], source[key]);
    else target[key] = source[key];
  }
}

app.post("/xml", (req, res) => {
  // ruleid: injection-js-xxe
  libxml.parseXml(req.body, { noent: true });
  // ok: injection-js-xxe
  libxml.parseXml(req.body);
});
