import os
import pickle
import subprocess

from flask import redirect, render_template_string, request


@app.get("/notes/{name}")
async def find_note(name: str, limit: int = 10, q: str | None = None, db: Session = Depends(get_db)):
    # ruleid: injection-py-sql
    await db.execute(text(f"select * from notes where name = '{name}'"))
    # ok: injection-py-sql
    await db.execute(text("select * from notes where name = :name"), {"name": name})
    # ok: injection-py-sql
    await db.execute(text(f"select * from notes limit {limit}"))
    # ok: injection-py-sql
    await db.execute(select(Note).where(Note.name == name))
    row = await crud.get_note(name)
    # ok: injection-py-sql
    await db.execute(text(f"select * from notes where owner = '{row.owner}'"))


@app.route("/find/<kind>")
def find(kind):
    q = request.args.get("q", "").strip()
    # ruleid: injection-py-sql
    cursor.execute("select * from notes where kind = '%s'" % kind)
    # ruleid: injection-py-sql
    cursor.execute("select * from notes where title like '%{}%'".format(q))
    # ok: injection-py-sql
    cursor.execute("select * from notes where kind = %s", (kind,))
    # ruleid: injection-py-filter
    supabase.table("notes").select("*").or_(f"title.ilike.%{q}%").execute()


@app.route("/number/<int:number>")
def find_number(number):
    # ok: injection-py-sql
    cursor.execute(f"select * from notes where id = {number}")


def article(request, slug):
    # ruleid: injection-py-sql
    Article.objects.raw(f"select * from articles where slug = '{slug}'")
    # ok: injection-py-sql
    Article.objects.filter(slug=slug)
    # ruleid: injection-py-xss
    return HttpResponse("<h1>" + slug + "</h1>")


@app.post("/tools")
def tools():
    name = request.form["name"]
    # ruleid: injection-py-command
    os.system("convert " + name)
    # ruleid: injection-py-command
    subprocess.run(f"convert {name}", shell=True)
    # ok: injection-py-command
    subprocess.run(["convert", name])
    # ruleid: injection-py-code
    eval(request.form["formula"])
    # ruleid: injection-py-code
    pickle.loads(base64.b64decode(request.cookies["cart"]))
    # ruleid: injection-py-code
    yaml.load(request.data)
    # ok: injection-py-code
    yaml.load(request.data, Loader=yaml.SafeLoader)
    # ok: injection-py-code
    json.loads(request.data)


@app.get("/files/<path:name>")
def files(name):
    # ruleid: injection-py-path
    with open(os.path.join("/data", name)) as file:
        file.read()
    # ok: injection-py-path
    open(os.path.join("/data", secure_filename(name)))
    # ruleid: injection-py-path
    return send_file("/data/" + name)


@app.post("/unpack")
def unpack():
    archive = tarfile.open(fileobj=request.files["archive"])
    # ok: injection-py-zip
    archive.extractall("/data", filter="data")


@app.get("/preview")
async def preview(url: str, user_id: str):
    # ruleid: injection-py-ssrf
    page = requests.get(url, timeout=5)
    # ok: injection-py-ssrf
    requests.get(f"https://api.example.com/users/{user_id}", timeout=5)
    # ruleid: injection-py-redirect
    return RedirectResponse(url)


@app.route("/login")
def login():
    # ruleid: injection-py-redirect
    return redirect(request.args.get("next"))


@app.route("/hello")
def hello():
    # ruleid: injection-py-template
    page = render_template_string("<h1>Hello " + request.args["name"] + "</h1>")
    # ok: injection-py-template
    render_template_string("<h1>Hello {{ name }}</h1>", name=request.args["name"])
    # ruleid: injection-py-xss
    return f"<h1>Hello {request.args['name']}</h1>"


@app.route("/sign-in", methods=["POST"])
def sign_in():
    data = request.get_json()
    # ruleid: injection-py-nosql
    users.find_one({"email": data["email"], "password": data["password"]})
    # ok: injection-py-nosql
    users.find_one({"email": str(data["email"])})
    # ruleid: injection-py-nosql-where
    # ruleid: injection-py-nosql
    users.find({"$where": "this.name == '" + data["name"] + "'"})
    # ruleid: injection-py-xxe
    etree.fromstring(request.data)
    # ruleid: injection-py-log
    logger.info("sign-in of " + request.args["name"])
    # ok: injection-py-log
    logger.info("sign-in of %s", request.args["name"])


def lambda_handler(event, context):
    # ruleid: injection-py-command
    os.system(event["body"])


@app.get("/echo")
def echo():
    response = make_response("ok")
    # ruleid: injection-py-header
    response.headers[request.args["header"]] = "1"
    # ok: injection-py-header
    response.headers["X-Request-Id"] = request.args["id"]
    return response
