"""Which columns hold something about people, by what kind, as far as names and types tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lastmile_desktop.project.models.schema.model import Place, SchemaModel, Table


class DataClass(StrEnum):
    IDENTITY = "identity"
    CONTACT = "contact"
    FINANCIAL = "financial"
    HEALTH = "health"
    BELIEFS = "beliefs"
    BIOMETRICS = "biometrics"
    LOCATION = "location"
    FREE_TEXT = "free text"
    FILES = "files"
    LOGS = "logs"
    CREDENTIALS = "credentials"
    PROMPTS = "prompts"

    @property
    def is_special(self) -> bool:
        """Kinds for which the law asks for more than a reason (GDPR Article 9)."""
        return self in (DataClass.HEALTH, DataClass.BELIEFS, DataClass.BIOMETRICS)


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    table: str
    column: str
    kind: DataClass
    place: Place

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


_SPELLED: Mapping[DataClass, str] = {
    DataClass.CREDENTIALS: (
        r"password|password_hash|hashed_password|access_token|refresh_token|oauth_token|id_token|api_key|"
        r"totp_secret|two_factor_secret|mfa_secret|client_secret|session_token|reset_token|app_password|"
        r"smtp_password"
    ),
    DataClass.HEALTH: (
        r"medical\w{0,20}|medications?|allerg(?:y|ies)|symptoms?|"
        r"blood_(?:type|pressure|sugar|group)|prescriptions?|health_(?:data|records?|notes?|conditions?|"
        r"history|info|issues?|insurance)|disabilit(?:y|ies)|pregnan(?:t|cy)|menstrua\w{0,10}|heart_rate|"
        r"mental_\w{1,20}|body_fat|bmi|treatment|dosage|patient_\w{1,20}"
    ),
    DataClass.BELIEFS: (
        r"religion|religious\w{0,10}|ethnicity|race|political\w{0,20}|sexual_\w{1,20}|sexuality|"
        r"union_member\w{0,4}|caste"
    ),
    DataClass.BIOMETRICS: (
        r"fingerprint_(?:data|template)|face_(?:id|embedding|encoding|template)|voice_?print|"
        r"biometric\w{0,10}|iris"
    ),
    DataClass.FINANCIAL: (
        r"iban|account_number|bank_account\w{0,20}|bank_name|routing_number|sort_code|ifsc\w{0,5}|"
        r"card_number|card_last4|last4|salary|income|wage|tax_id|tax_number|vat_number|gstin|gst_number|"
        r"pan_number|cpf|cnpj|ssn|social_security\w{0,10}|credit_score|stripe_customer_id"
    ),
    DataClass.IDENTITY: (
        r"first_name|last_name|full_name|given_name|family_name|surname|middle_name|maiden_name|username|"
        r"date_of_birth|birth_?date|birthday|dob|gender|sex|nationality|passport\w{0,15}|"
        r"national_id\w{0,10}|id_number|driver_?s?_?licen[cs]e\w{0,10}|cnh|avatar|avatar_url|"
        r"profile_image\w{0,10}|customer_name|client_name|guest_name|patient_name|contact_name|"
        r"passenger_name|driver_name|emergency_contact\w{0,15}"
    ),
    DataClass.LOGS: (
        r"ip|ip_address|ip_addr|client_ip|user_agent|device_id|device_fingerprint|last_login_ip|"
        r"signup_ip"
    ),
    DataClass.CONTACT: (
        r"e_?mail|email_address|phone|phone_number|telephone|telefone|mobile|mobile_number|cell_phone|"
        r"whatsapp\w{0,10}|street|street_address|address|address_line_?\d|home_address|billing_address|"
        r"shipping_address|delivery_address|postal_code|zip|zip_?code|cep|linkedin_url|telegram\w{0,10}"
    ),
    DataClass.LOCATION: (
        r"latitude|longitude|lat|lng|lon|geo_?location|current_location|last_location|gps\w{0,10}|"
        r"coordinates"
    ),
    DataClass.PROMPTS: (
        r"prompts?|user_prompt|ai_prompt|chat_history|conversation_history|transcript|user_message|"
        r"ai_response"
    ),
    DataClass.FILES: (
        r"resume\w{0,10}|cv_url|cv_path|document_url|id_document\w{0,10}|selfie\w{0,10}|photo_url|"
        r"voice_note\w{0,10}|recording_url|kyc_\w{1,20}"
    ),
    DataClass.FREE_TEXT: r"bio|about_me|notes?|message|feedback|comments?|journal_text|diary|complaint",
}
_PATTERNS = {kind: re.compile(rf"(?:^|_)(?:{text})(?:$|_)") for kind, text in _SPELLED.items()}
_PEOPLE = re.compile(
    r"(?:^|_)(?:users?|profiles?|accounts?|customers?|clients?|patients?|members?|employees?|staff|"
    r"contacts?|leads?|subscribers?|candidates?|"
    r"applicants?|applications?|students?|teachers?|drivers?|guests?|passengers?|people|persons?|"
    r"participants?|attendees?|bookings?|"
    r"reservations?|appointments?|orders?|invoices?|messages?|chats?|conversations?|signups?|waitlist|"
    r"registrations?|inquir(?:y|ies)|"
    r"submissions?|feedback|tickets?|sessions?|logins?|audit_logs?|logs?|addresses|donors?|donations?|"
    r"tenants?|recipients?|partners?|"
    r"motoristas|clientes|usuarios|contatos|funcionarios|journal\w{0,10}|meals?|workouts?|payments?|"
    r"payouts?|referrals?|reviews?|surveys?|responses?)"
)
_THINGS = re.compile(
    r"(?:^|_)(?:products?|categor(?:y|ies)|tags?|features?|settings|plans?|prices?|templates?|"
    r"translations?|countries|cities|states|currencies|"
    r"languages|migrations?|recipes?|ingredients?|foods?|exercises?|badges?|achievements?|courses?|"
    r"lessons?|tokens?_prices?|stations?|venues?|"
    r"hotels?|properties|listings?|stores?|shops?|pages?|posts?|articles?|blogs?|faqs?|coupons?|"
    r"config\w{0,10})$"
)
# Alone these say nothing of a person: a product has notes, a shop an address, a token a wallet's.
_WEAK = frozenset({DataClass.FREE_TEXT, DataClass.LOCATION, DataClass.PROMPTS, DataClass.FILES})
_NOT_PERSONAL = re.compile(
    r"(?:^|_)(?:count|enabled|verified|template|type|status|sent|sent_at|at|id|template_id|subject|limit|"
    r"policy|required|provider|format|"
    r"consent|opt_in|notifications?|wallet_address|contract_address|token_address|mac_address|address_id|"
    r"from_email|sender_email|support_email|"
    r"email_verified|is_email_verified|email_sent|email_notifications|race_\w+|error_message|"
    r"(?:prompt_)?tokens|check|message_id|message_type|hash_tags|mood_board|score|weight_class)$"
)
# A playlist has a mood as well; in a diary it is somebody's.
_MOOD = re.compile(r"(?:^|_)mood(?:_(?:score|level|rating|entry|note))?$")
_OF_WELLBEING = re.compile(
    r"(?:^|_)(?:mood|moods|journal\w{0,10}|diar(?:y|ies)|check_?ins?|wellness\w{0,10}|wellbeing|"
    r"mental\w{0,10}|health\w{0,10}|"
    r"symptoms?|sleep\w{0,5}|daily_(?:logs?|entries)|therapy\w{0,10}|patients?)(?:$|_)"
)
_DIAGNOSIS = re.compile(r"(?:^|_)diagnos(?:[ei]s|tic\w{0,5})(?:$|_)")
_OF_PATIENTS = re.compile(
    r"patient|medic|doctor|clinic|symptom|health|therap|hospital|treatment|prescri|nurse|icd|disease|condition"
)
_OF_DEVICES = re.compile(
    r"appliance|device|repair|vehicle|\bcar_|machine|equipment|engine|technician|mechanic|warranty"
)
_SAFE_TYPES = re.compile(r"^(?:bool|boolean)", re.IGNORECASE)


def personal_columns(schema: SchemaModel) -> tuple[PersonalColumn, ...]:
    """All columns that look personal, in the order of tables and columns."""
    found: list[PersonalColumn] = []
    for table in schema.tables.values():
        if table.schema not in ("storage", "realtime", "cron", "extensions", "net", "vault"):
            found += _of_table(table)
    return tuple(found)


def _of_table(table: Table) -> list[PersonalColumn]:
    name = table.bare_name
    thing = _THINGS.search(name) is not None
    people = _PEOPLE.search(name) is not None and not thing
    found: list[PersonalColumn] = []
    for column in table.columns:
        kind = _kind(column.name, column.type)
        if kind is None and _MOOD.search(column.name) and _OF_WELLBEING.search(name):
            kind = DataClass.HEALTH
        if kind is None and _DIAGNOSIS.search(column.name) and _is_medical(table):
            kind = DataClass.HEALTH
        if kind is None or (kind in _WEAK and not people) or (thing and kind is not DataClass.CREDENTIALS):
            continue
        found.append(PersonalColumn(name, column.name, kind, column.place))
    return found


def _is_medical(table: Table) -> bool:
    """A car and a dishwasher have a diagnosis as well."""
    names = " ".join((table.bare_name, *(column.name for column in table.columns))).lower()
    about_people = _OF_PATIENTS.search(names) or re.search(
        r"(?:^|_)(?:profiles?|users?|members?|people|persons?)$", table.bare_name
    )
    return about_people is not None and _OF_DEVICES.search(names) is None


def _kind(name: str, type_text: str) -> DataClass | None:
    lowered = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    if _SAFE_TYPES.match(type_text) or _NOT_PERSONAL.search(lowered):
        return None
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(lowered)), None)
