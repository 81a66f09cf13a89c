"""Who a table's rows are meant for, as far as its name and columns tell: their owner alone, or everyone."""

from __future__ import annotations

import re
from enum import StrEnum

from lastmile_desktop.project.models.schema.model import Table, Tenancy

_SECRET = re.compile(
    r"(?:^|_)(?:password|passwd|pwd_hash|password_hash|secret|api_?key|access_token|refresh_token|token|otp|pin_code"
    r"|private_key|ssn|cpf|iban|passport|national_id|tax_id|date_of_birth|birth_?date|dob|card_number|stripe_\w{1,40}"
    r"|bank_account|account_number|ip|ip_address|diagnosis|medical\w{0,20})(?:$|_)"
)
_PERSONAL = re.compile(
    r"(?:^|_)(?:e?mail|email_address|phone|phone_number|telephone|telefone|mobile|whatsapp|cell|address|street|zip|zip_code"
    r"|postal_code|cep|latitude|longitude|user_agent|balance|wallet\w{0,20}|credits?|emergency_contact|full_address)$"
)
# Where something is: private of people, and nobody's secret in a list of zones or of shops.
_WHEREABOUTS = re.compile(
    r"(?:^|_)(?:address|street|zip|zip_code|postal_code|cep|latitude|longitude|full_address)$"
)
_PRIVATE = re.compile(
    r"(?:^|_)(?:orders?|order_items|invoices?|payments?|payouts?|transactions?|subscriptions?|wallets?|credits?|messages?"
    r"|conversations?|chats?|notifications?|appointments?|bookings?|reservations?|documents?|contracts?|leads?|clients?"
    r"|customers?|patients?|prescriptions?|tickets?|api_keys?|tokens?|secrets?|sessions?|invitations?|invites?|carts?"
    r"|cart_items|addresses|kyc|verifications?|withdrawals?|commissions?|earnings|quotes?|proposals?|submissions?|contacts?"
    r"|subscribers?|waitlist|donations?|escrows?|expenses|budgets?|salaries|payroll|logs?|audits?|audit_logs?|reports?|inquiries"
    r"|enquiries|applications?|preferences|goals|journals?|journal_entries|entries|meals|workouts|measurements|uploads"
    r"|usage|purchases?|enrollments?|progress|attempts|signups?|registrations?|requests?)$"
)
_CONTENT = re.compile(
    r"(?:^|_)(?:posts?|articles?|blogs?|blog_posts?|news|comments?|replies|reviews?|ratings?|likes?|reactions?|follows?"
    r"|followers?|products?|variants?|categories|subcategories|tags?|badges?|achievements?|leaderboards?|courses?|lessons?"
    r"|modules?|chapters?|events?|listings?|properties|faqs?|testimonials?|banners?|pages?|portfolio|services?|menus?"
    r"|menu_items|recipes?|ingredients?|exercises?|videos?|galler(?:y|ies)|images?|photos?|stories|polls?|votes|translations?"
    r"|countries|cities|states|regions|currencies|languages|plans?|pricing|features?|feature_flags|settings|stations?"
    r"|venues?|restaurants?|stores?|shops?|games?|scores?|brands?|collections?|topics?|forums?|threads?|quizzes|questions?"
    r"|answers?|templates?|themes?|prompts?|models?|skills?|resources?|guides?|announcements?|jobs?|levels?|types?|statuses"
    r"|discussions?|challenges?|raffles?|endorsements?|roadmap\w{0,10}|prices|suggestions|options|slots|availability|sponsors?|partners?|team_members|playlists?|songs?|tracks?|albums?|artists?|books?"
    r"|feature_(?:requests?|votes)|reseñas?|resenas?|comentarios|valoraciones|opiniones|avaliacoes|publicaciones|productos|produtos"
    r"|categorias|profesionales|profissionais|servicios|servicos|noticias|eventos|cursos"
    r"|authors?|movies?|podcasts?|episodes?|public_\w{1,40}|content|site_\w{1,40}|sections?|views)$"
)
# Wishes that everyone is meant to read and to vote for.
_BOARD = re.compile(r"(?:^|_)feature_(?:requests?|votes|ideas|comments)$")
_PUBLIC_FLAG = re.compile(r"^(?:is_)?(?:public|published|visible|listed)(?:_at)?$|^slug$")
_FORM = re.compile(
    r"(?:^|_)(?:contacts?|contact_\w{1,30}|guest_messages|newsletter\w{0,30}|subscribers?|waitlist\w{0,20}|feedbacks?|leads?|inquiries"
    r"|enquiries|submissions?|form_\w{1,30}|signups?|rsvps?|quote_requests?|demo_requests?|requests?|surveys?"
    r"|survey_responses|responses|applications?|early_access\w{0,20}|testimonials?|suggestions?|reports?|enquiry|inquiry)$"
)
_TELEMETRY = re.compile(
    r"(?:^|_)(?:analytics\w{0,20}|events?|page_?views?|views?|visits?|visitors?|clicks?|impressions?|metrics?|telemetry"
    r"|errors?|error_logs?|search_\w{1,20}|searches|tracking\w{0,20}|web_vitals|downloads?|interactions?)$"
)
_BUSINESS = re.compile(
    r"(?:^|_)(?:restaurants?|stores?|shops?|venues?|properties|listings?|stations?|services?|providers?|companies|agencies"
    r"|hotels?|clinics?|schools?|locations?|branches|events?|places|pharmac(?:y|ies)|hospitals?|churches|partners?|sponsors?)$"
)

_TIMETABLE = re.compile(
    r"(?:^|_)(?:schedules?|schedule_(?:overrides?|exceptions?|days?)|time_?tables?|(?:opening|business|working)_hours"
    r"|hours|holidays|closures|price_lists?|(?:subscription|membership|pricing)_plans?)$"
)
_SITTINGS = re.compile(r"(?:^|_)(?:sessions?|classes|lessons?|slots?|trainings?|courts?)$")
_BEGINS = re.compile(r"^(?:session_|class_)?(?:start(?:s|_time|s_at|_at)?|date|day_of_week)$")
_ROOM = re.compile(r"(?:^|_)(?:slots|spots|capacity|seats|places|max_participants|available\w{0,20})$")
_WHOSE = re.compile(
    r"^(?:auth_)?(?:user|client|customer|member|patient|student|profile|owner|participant|athlete|buyer|recipient|sender|host)"
    r"_?(?:id|uuid)$"
)

_PRIVATE_WORD = re.compile(
    r"(?:^|_)(?:medical|health|patient|kyc|identity|passport|payment|invoice|bank|payroll|diagnos\w{1,4}|prescription)s?_"
)


_DOORS = re.compile(
    r"(?:^|_)(?:invit(?:e|ation)s?|invit(?:e|ation)_(?:codes?|tokens?|links?|keys?)|access_codes?)$"
)
_CODE = re.compile(r"^(?:invite_|invitation_|access_)?(?:code|token)$")


_SHOWCASE = re.compile(
    r"^(?:business_name|company_name|shop_name|store_name|display_name|bio|description|descripcion|about|headline|hourly_rate|rate_per_hour"
    r"|rating|average_rating|avg_rating|total_reviews|reviews?_count|experience_years|years_(?:of_)?experience|specialt(?:y|ies)|services"
    r"|portfolio\w{0,10}|service_area|opening_hours)$"
)


class Audience(StrEnum):
    PRIVATE = "private"
    CONTENT = "content"
    UNCLEAR = "unclear"


def audience(table: Table) -> Audience:
    """Columns that must not be public decide first, then the name."""
    name = table.bare_name
    columns = _told(table)
    if any(_SECRET.search(column) for column in columns) or opens_doors(table):
        return Audience.PRIVATE
    if _BOARD.search(name):
        return Audience.CONTENT
    if any(_PERSONAL.search(column) for column in columns) and not _BUSINESS.search(name):
        return Audience.PRIVATE
    if _PRIVATE.search(name) or _PRIVATE_WORD.search(name):
        return Audience.PRIVATE
    if _CONTENT.search(name) or any(_PUBLIC_FLAG.match(column) for column in columns):
        return Audience.CONTENT
    if table.tenancy is Tenancy.NONE and table.created:
        return Audience.CONTENT if not table.foreign_keys else Audience.UNCLEAR
    return Audience.UNCLEAR


def is_sensitive(column: str) -> bool:
    """Whether a column of this name must not be public."""
    return bool(_SECRET.search(column) or _PERSONAL.search(column))


def keeps_secrets(table: Table) -> bool:
    """Whether a column holds what nobody but its owner may know: a token, a birth date, a tax number."""
    return any(_SECRET.search(column.name) for column in table.columns)


def telling_columns(table: Table) -> tuple[str, ...]:
    """The columns that say why the rows are not for everyone."""
    return tuple(name for name in _told(table) if is_sensitive(name))[:3]


def _told(table: Table) -> list[str]:
    """Its columns, without places where the table is about no person."""
    names = [column.name for column in table.columns]
    about = table.tenancy is not Tenancy.NONE or not table.created or _PRIVATE.search(table.bare_name)
    if about or any(is_sensitive(name) and not _WHEREABOUTS.search(name) for name in names):
        return names
    return [name for name in names if not _WHEREABOUTS.search(name)]


def is_whereabouts(column: str) -> bool:
    """Whether a column of this name says where somebody or something is."""
    return _WHEREABOUTS.search(column) is not None


def is_directory(table: Table) -> bool:
    """Whether the rows are professionals or firms who want to be found: their trade, their rating and their price."""
    return sum(_SHOWCASE.search(column.name) is not None for column in table.columns) >= 2


def names_whose(table: Table) -> bool:
    """Whether a column says whose a row is, rather than who wrote it down."""
    return any(_WHOSE.match(name) for name in table.tenancy_columns)


def is_public_form(table: Table) -> bool:
    """Whether strangers are meant to add rows: a contact form, a newsletter, a visit counter."""
    return bool(_FORM.search(table.bare_name) or _TELEMETRY.search(table.bare_name))


def opens_doors(table: Table) -> bool:
    """Whether whoever knows a row's code comes in by it: invitations."""
    return _DOORS.search(table.bare_name) is not None and any(
        _CODE.match(column.name) for column in table.columns
    )


def is_timetable(table: Table) -> bool:
    """Whether the rows say when a place is open, what is offered there or at which price, and are about no person."""
    names = [column.name for column in table.columns]
    if any(_WHOSE.match(name) for name in names):
        return False
    if _TIMETABLE.search(table.bare_name):
        return True
    offered = any(_BEGINS.match(name) for name in names) and any(_ROOM.search(name) for name in names)
    return bool(_SITTINGS.search(table.bare_name)) and offered
