"""The closed words of collections: channels, products, states, holds, events. No synonyms anywhere else."""

from enum import StrEnum
from typing import TYPE_CHECKING

from regua import channels as known_channels

if TYPE_CHECKING:

    class Channel(StrEnum):
        """A way to reach a customer. The order is the column order of every ``(n, channels)`` array."""

        PUSH = "push"
        EMAIL = "email"
        SMS = "sms"
        WHATSAPP = "whatsapp"
        VOICE_BOT = "voice_bot"
        CALL = "call"
        LETTER = "letter"
        LINE = "line"
        TELEGRAM = "telegram"
        RCS = "rcs"
        PORTAL = "portal"

else:
    # A house adds a channel by one file: the words are those files' names.
    Channel = StrEnum("Channel", [(name.upper(), name) for name in known_channels.names()], module=__name__)
    Channel.__doc__ = "A way to reach a customer. The order is the column order of every ``(n, channels)`` array."


CHANNELS: tuple[Channel, ...] = tuple(Channel)

LANGUAGES = ("pt-BR", "en")
"""What the product speaks, the first by default; nothing is said in one alone."""

NOTHING = "nothing"
"""The action that is always a candidate: leave the customer in peace today."""


class Product(StrEnum):
    """What was sold."""

    CARD = "card"
    PERSONAL_LOAN = "personal_loan"
    TELECOM = "telecom"
    UTILITY = "utility"
    RETAIL_CREDIT = "retail_credit"
    FINE = "fine"
    OTHER = "other"


class CustomerKind(StrEnum):
    """A natural person (CPF) or a company (CNPJ)."""

    PERSON = "person"
    COMPANY = "company"


class Band(StrEnum):
    """Three grades of a score or a habit."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ContactState(StrEnum):
    """How far one attempt got; each state implies those before it.

    Accepted is by the provider, delivered is to the customer's device or letter box.
    """

    SENT = "sent"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    REPLIED = "replied"


STATE_CODE: dict[ContactState, int] = {state: code for code, state in enumerate(ContactState, 1)}
"""How ``last_contact_state`` tells them; 0 is a contact that failed, NULL none at all."""


class ContactOutcome(StrEnum):
    """What one attempt came to."""

    NONE = "none"
    FAILED = "failed"
    CONNECTED = "connected"
    RIGHT_PARTY = "right_party"
    WRONG_PARTY = "wrong_party"
    PROMISED = "promised"
    PAID_CLAIM = "paid_claim"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    COMPLAINED = "complained"


ANSWERS: tuple[ContactOutcome, ...] = (
    ContactOutcome.CONNECTED,
    ContactOutcome.RIGHT_PARTY,
    ContactOutcome.PROMISED,
    ContactOutcome.PAID_CLAIM,
    ContactOutcome.REFUSED,
    ContactOutcome.COMPLAINED,
)
"""Outcomes in which the customer took part: on a voice channel, a conversation."""

RIGHT_PARTY_OUTCOMES: tuple[ContactOutcome, ...] = (
    ContactOutcome.RIGHT_PARTY,
    ContactOutcome.PROMISED,
    ContactOutcome.PAID_CLAIM,
    ContactOutcome.REFUSED,
    ContactOutcome.OPTED_OUT,
    ContactOutcome.COMPLAINED,
)
"""Outcomes that only the customer in person can have brought about: at that hour the right person was there."""

SLOT_HOURS: tuple[int, ...] = (8, 10, 12, 14, 16, 18)
"""The local hours at which the two-hour slots of a day begin, in which contacts may be sent."""


class ContactPointStatus(StrEnum):
    """What is known of an address or number. The value itself never enters Regua."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    WRONG_PARTY = "wrong_party"
    INVALID = "invalid"


class PaymentMethod(StrEnum):
    """How money arrived."""

    PIX = "pix"
    BOLETO = "boleto"
    CARD = "card"
    AUTO_DEBIT = "auto_debit"
    CASH = "cash"
    OTHER = "other"


class PromiseResolution(StrEnum):
    """What became of a promise to pay."""

    KEPT = "kept"
    PARTLY_KEPT = "partly_kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class OfferKind(StrEnum):
    """What an offer changes for the customer who takes it."""

    DUE_DATE = "due_date"
    PAUSE = "pause"
    INSTALMENTS = "instalments"
    DISCOUNT = "discount"


class ArrangementResolution(StrEnum):
    """What became of an arrangement to pay."""

    COMPLETED = "completed"
    BROKEN = "broken"
    CANCELLED = "cancelled"


class DisputeResolution(StrEnum):
    """What became of a dispute."""

    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class HoldKind(StrEnum):
    """A reason to pause contact. The order is the bit order of the ``hold_bits`` column; append only."""

    CEASE_ALL = "cease_all"
    WRONG_PARTY = "wrong_party"
    DISPUTE_OPEN = "dispute_open"
    PAID_CLAIM_PENDING = "paid_claim_pending"
    PROMISE_PENDING = "promise_pending"
    ARRANGEMENT_CURRENT = "arrangement_current"
    HARDSHIP_REVIEW = "hardship_review"
    VULNERABLE = "vulnerable"
    BREATHING_SPACE = "breathing_space"
    OVER_INDEBTED = "over_indebted"
    BANKRUPTCY = "bankruptcy"
    DECEASED = "deceased"
    ATTORNEY_REPRESENTED = "attorney_represented"
    LITIGATION = "litigation"
    FRAUD_CLAIM = "fraud_claim"
    MINOR = "minor"
    DISASTER_PAUSE = "disaster_pause"
    HUMAN_REVIEW_REQUESTED = "human_review_requested"
    SUSPECT_INVOICE = "suspect_invoice"
    PLACED_WITH_AGENCY = "placed_with_agency"
    TIME_BARRED = "time_barred"


HOLD_BIT: dict[HoldKind, int] = {kind: 1 << position for position, kind in enumerate(HoldKind)}

AGED_HOLDS: tuple[HoldKind, ...] = (
    HoldKind.DISPUTE_OPEN,
    HoldKind.PAID_CLAIM_PENDING,
    HoldKind.PROMISE_PENDING,
    HoldKind.HARDSHIP_REVIEW,
    HoldKind.VULNERABLE,
    HoldKind.BREATHING_SPACE,
    HoldKind.OVER_INDEBTED,
    HoldKind.FRAUD_CLAIM,
    HoldKind.DISASTER_PAUSE,
    HoldKind.HUMAN_REVIEW_REQUESTED,
    HoldKind.SUSPECT_INVOICE,
    HoldKind.PLACED_WITH_AGENCY,
)
"""Holds for which a policy says how long they may last; the age of each is a feature ``hold_days_<kind>``."""


class SignalKind(StrEnum):
    """What another system noticed about a customer or a contract; each is a feature ``days_since_<kind>``."""

    PAYMENT_FAILED = "payment_failed"
    BILL_UNOPENED = "bill_unopened"
    INCOME_SHOCK = "income_shock"
    HARDSHIP_DECLARED = "hardship_declared"
    HUMAN_REQUESTED = "human_requested"
    ARRANGEMENT_MISSED = "arrangement_missed"
    WRITTEN_OFF = "written_off"
    LISTED = "listed"


SIGNAL_BIT: dict[SignalKind, int] = {kind: 1 << position for position, kind in enumerate(SignalKind)}


class EventKind(StrEnum):
    """What a CRM, a channel or a billing system reports back."""

    CONTACT_SENT = "contact_sent"
    CONTACT_ACCEPTED = "contact_accepted"
    CONTACT_DELIVERED = "contact_delivered"
    CONTACT_READ = "contact_read"
    CONTACT_REPLIED = "contact_replied"
    CONTACT_FAILED = "contact_failed"
    CONTACT_OUTCOME = "contact_outcome"
    PAYMENT = "payment"
    PAYMENT_CLAIMED = "payment_claimed"
    PROMISE_MADE = "promise_made"
    PROMISE_RESOLVED = "promise_resolved"
    ARRANGEMENT_MADE = "arrangement_made"
    ARRANGEMENT_RESOLVED = "arrangement_resolved"
    INSTALMENT_DUE = "instalment_due"
    INSTALMENT_PAID = "instalment_paid"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_RESOLVED = "dispute_resolved"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    WRONG_PARTY = "wrong_party"
    HOLD_PLACED = "hold_placed"
    HOLD_LIFTED = "hold_lifted"
    SIGNAL_RAISED = "signal_raised"
    SIGNAL_CLEARED = "signal_cleared"


class ArrearsBucket(StrEnum):
    """Bands of days past due in which every figure is reported."""

    CURRENT = "current"
    B1_30 = "1-30"
    B31_60 = "31-60"
    B61_90 = "61-90"
    B91_120 = "91-120"
    B120_PLUS = "120+"


ARREARS_BUCKETS: tuple[ArrearsBucket, ...] = tuple(ArrearsBucket)
BUCKET_FLOORS: tuple[int, ...] = (-(10**9), 1, 31, 61, 91, 121)
"""The first day past due of each bucket, in the order of :data:`ARREARS_BUCKETS`."""
