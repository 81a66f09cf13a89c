"""Barriers in JSX, pages and style sheets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastmile_desktop.project.code import markup, markup_html, styles
from lastmile_desktop.project.code.parse import outline

ICONS = 'import { Trash2, X as Close } from "lucide-react";\nimport { Input } from "@/components/ui/input";\n'


def kinds(body: str, head: str = ICONS) -> list[str]:
    found = markup.barriers(f"{head}export const A = () => (<>{body}</>);", "tsx")
    return [item.kind for item in found if item.kind not in ("headings", "dead-control", "harmless-click")]


@pytest.mark.parametrize(
    "body",
    [
        "<button><Trash2 /></button>",
        "<Button size='icon'>{busy ? <Close /> : <Trash2 />}</Button>",
        "<button><svg viewBox='0 0 1 1'><path /></svg></button>",
        "<Link to='/'><HomeIcon /></Link>",
        "<button>{busy && <Close />}</button>",
        "<button></button>",
        "<a href='/'><i className='fa' /></a>",
    ],
)
def test_controls_without_a_name(body: str) -> None:
    assert kinds(body) == ["icon-button-no-name"]


@pytest.mark.parametrize(
    "body",
    [
        "<button><Trash2 /> Remove</button>",
        "<button aria-label='Remove'><Trash2 /></button>",
        "<button title={t('x')}><Trash2 /></button>",
        "<button><Trash2 aria-label='Remove' /></button>",
        "<button><span className='sr-only'>Remove</span><Trash2 /></button>",
        "<button>{label}</button>",
        "<button>{busy ? 'Wait' : <Trash2 />}</button>",
        "<button {...props}><Trash2 /></button>",
        "<Button asChild><Link to='/x'>Go</Link></Button>",
        "<button><Unknown /></button>",
        "<button><img src='x' alt='Home' /></button>",
        "<a><Trash2 /></a>",
        "<Tooltip title='Remove'><IconButton><Trash2 /></IconButton></Tooltip>",
        "<button className='hidden'><Trash2 /></button>",
    ],
)
def test_controls_that_have_or_may_have_a_name(body: str) -> None:
    assert "icon-button-no-name" not in kinds(body)


@pytest.mark.parametrize(
    "body",
    [
        "<input />",
        "<Input placeholder='Name' />",
        "<label>Name</label><input />",
        "<select><option /></select>",
        "<textarea id='a' />",
    ],
)
def test_fields_without_a_label(body: str) -> None:
    assert "input-no-label" in kinds(body)


@pytest.mark.parametrize(
    "body",
    [
        "<label>Name<input /></label>",
        "<label htmlFor='a'>Name</label><input id='a' />",
        "<Input id={id} /><Label htmlFor={id}>Name</Label>",
        "<input aria-label='Name' />",
        "<input type='hidden' />",
        "<input type='submit' />",
        "<input type='file' className='hidden' />",
        "<FormItem><Input /></FormItem>",
        "<Field label='Name'><Input /></Field>",
        "<Input {...field} />",
        "<TextField />",
    ],
)
def test_fields_with_a_label(body: str) -> None:
    assert "input-no-label" not in kinds(body)


def test_a_field_of_an_unknown_library_is_not_judged() -> None:
    assert kinds("<Input />", 'import { Input } from "antd";\n') == []


@pytest.mark.parametrize(
    "body",
    [
        "<div onClick={open}>x</div>",
        "<span onClick={() => setOpen(true)}>x</span>",
        "<div role='button' onClick={open}>x</div>",
        "<tr onClick={() => go(1)}><td>x</td></tr>",
        "<img alt='' onClick={zoom} />",
    ],
)
def test_only_the_mouse_reaches_it(body: str) -> None:
    assert kinds(body) == ["click-on-div"]


@pytest.mark.parametrize(
    "body",
    [
        "<div onClick={(e) => e.stopPropagation()}>x</div>",
        "<div onClick={e => { e.preventDefault(); e.stopPropagation(); }}>x</div>",
        "<div className='fixed inset-0' onClick={() => setOpen(false)} />",
        "<div aria-hidden='true' onClick={open} />",
        "<div role='button' tabIndex={0} onClick={open} onKeyDown={keys}>x</div>",
        "<div {...listeners} onClick={open}>x</div>",
        "<div onClick={open}>{children}</div>",
        "<div onClick={() => ref.current?.focus()}>x</div>",
        "<div onClick={open}><button onClick={open}>Open</button></div>",
        "<button onClick={open}><span onClick={open}>x</span></button>",
        "<Card onClick={open}>x</Card>",
    ],
)
def test_clicks_that_shut_nobody_out(body: str) -> None:
    assert "click-on-div" not in kinds(body)


def test_dialogs() -> None:
    assert kinds("<DialogContent><p>x</p></DialogContent>") == ["dialog-no-title"]
    assert kinds("<DialogContent><div><DialogTitle>x</DialogTitle></div></DialogContent>") == []
    assert kinds("<DialogContent>{children}</DialogContent>") == []
    assert kinds("<DialogContent aria-label='x'><p>x</p></DialogContent>") == []
    assert kinds("<div role='dialog'><p>x</p></div>") == ["dialog-no-title"]


def test_home_made_modals() -> None:
    modal = "<div className='fixed inset-0 bg-black/50'><div><button>Close</button></div></div>"
    assert kinds(modal) == ["focus-trap"]
    assert (
        kinds(modal.replace("<div className", "<div role='dialog' aria-label='x' aria-modal className", 1))
        == []
    )
    assert kinds("<div className='fixed inset-0 bg-black/50'><Spinner /></div>") == []


def test_headings_of_one_block() -> None:
    assert kinds("<h1>a</h1><h3>b</h3>") == ["heading-order"] or kinds("<div><h1>a</h1><h3>b</h3></div>") == [
        "heading-order"
    ]
    assert kinds("<div><h1>a</h1><Section /><h3>b</h3></div>") == []
    assert kinds("<div><h3>a</h3><h2>b</h2></div>") == []


def test_small_things() -> None:
    assert kinds("<video autoPlay src='x' />") == ["autoplay"]
    assert kinds("<video autoPlay muted src='x' />") == []
    assert kinds("<button className='outline-none px-2'>x</button>") == ["focus-outline-removed"]
    assert kinds("<button className='outline-none focus-visible:ring-2'>x</button>") == []
    assert kinds("<button className='h-4 w-4'>x</button>") == ["target-size"]
    assert kinds("{error && <p className='text-red-500'>{error}</p>}") == ["form-error-not-announced"]
    assert kinds("{error && <p role='alert' className='text-red-500'>{error}</p>}") == []


def test_places_are_lines_and_columns() -> None:
    found = outline("a.tsx", "export const A = () => (\n  <input\n    name='x' />\n);\n").barriers
    assert [(item.kind, item.line, item.column) for item in found] == [("input-no-label", 2, 3)]


def page(text: str) -> list[str]:
    return [item.kind for item in markup_html.barriers(text, whole_page=True) if item.kind != "headings"]


def test_pages() -> None:
    assert page("<html><body></body></html>") == ["html-no-lang"]
    assert page("<html lang='en'><meta name='viewport' content='user-scalable=no'></html>") == [
        "zoom-disabled"
    ]
    assert page("<img src='x'>") == ["img-no-alt"]
    assert page("<img src='x' width='1' height='1'>") == []
    assert page("<label for='a'>x</label><input id='a'>") == []
    assert page("<input id='a'><label for='a'>x</label>") == []
    assert page("<label>x <input></label>") == []
    assert page("<input name='q' placeholder='Search'>") == ["input-no-label"]
    assert page("<button><i class='fa'></i></button>") == ["icon-button-no-name"]
    assert page("<button><i class='fa'></i> Go</button>") == []
    assert page("<script>document.write('<img>')</script>") == []
    assert page("{% if x %}<img src='{{ y }}' alt='{{ z }}'>{% endif %}") == []


def sheet(text: str) -> list[str]:
    return [item.kind for item in styles.barriers(text)]


def test_contrast_is_that_of_the_standard() -> None:
    assert styles.contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    grey = styles.colour("#777777")
    assert grey is not None
    assert styles.contrast(grey, (1, 1, 1)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0% 100%", (1, 1, 1)),
        ("hsl(0 100% 50%)", (1, 0, 0)),
        ("#f00", (1, 0, 0)),
        ("rgb(255, 0, 0)", (1, 0, 0)),
        ("oklch(1 0 0)", (1, 1, 1)),
        ("oklch(0.627955 0.257683 29.234)", (1, 0, 0)),
        ("white", (1, 1, 1)),
    ],
)
def test_colours_of_every_spelling(text: str, expected: tuple[float, float, float]) -> None:
    assert styles.colour(text) == pytest.approx(expected, abs=0.01)


def test_sheets() -> None:
    assert sheet(":root { --primary: 24 95% 53%; --primary-foreground: 0 0% 100%; }") == [
        "colour-token-contrast"
    ]
    assert sheet(":root { --primary: 222 47% 11%; --primary-foreground: 0 0% 100%; }") == []
    assert sheet("button:focus { outline: none }") == ["focus-outline-removed"]
    assert sheet("button:focus { outline: none; box-shadow: 0 0 2px red }") == []
    assert sheet("button:focus { outline: none }\nbutton:focus-visible { outline: 2px solid }") == []
    assert sheet("/* a:focus { outline: none } */") == []
    assert sheet(".x { animation: spin 1s infinite }") == ["motion"]


@settings(max_examples=200)
@given(st.text(alphabet="<>/{}()=&|?:'\"abdivhn1 \n.,#%-*", max_size=300))
def test_any_text_is_read(text: str) -> None:
    markup.barriers(text, "tsx")
    markup_html.barriers(text, whole_page=True)
    styles.barriers(text)


@pytest.mark.parametrize(
    "text",
    [
        "<button>" * 3_000,
        "<div>" + "<button><X/></button><input id='a'/>" * 3_000,
        "import x\n" * 5_000 + "<a/>",
        "{" * 5_000 + "<a>",
    ],
)
def test_hostile_files_take_no_time(text: str) -> None:
    started = time.process_time()
    markup.barriers(text, "tsx")
    markup_html.barriers(text, whole_page=True)
    assert time.process_time() - started < 5


def dead(body: str) -> list[str]:
    head = 'import { Button } from "@/components/ui/button";\n'
    found = markup.barriers(f"{head}export const A = () => (<main>{body}</main>);", "tsx")
    return [item.detail for item in found if item.kind == "dead-control"]


@pytest.mark.parametrize(
    "body",
    [
        "<button>Export</button>",
        "<Button onClick={() => {}}>Export</Button>",
        "<button onClick={() => console.log('x')}>Export</button>",
        "<a href='#'>Export</a>",
        "<Button onClick={() => toast('Coming soon')}>Export</Button>",
    ],
)
def test_controls_that_do_nothing(body: str) -> None:
    assert dead(body) == ["Export"]


@pytest.mark.parametrize(
    "body",
    [
        "<button onClick={run}>Export</button>",
        "<form><button>Export</button></form>",
        "<button disabled>Export</button>",
        "<Button {...props}>Export</Button>",
        "<Menu trigger={<button>Export</button>} />",
        "<DialogTrigger asChild><Button>Export</Button></DialogTrigger>",
        "<a href='#top' onClick={run}>Export</a>",
        "<Button asChild><a href='/x'>Export</a></Button>",
    ],
)
def test_controls_that_somebody_handles(body: str) -> None:
    assert dead(body) == []
