"""What did this customer agree to, contest or claim, and may they be contacted? With holds and signals."""

from regua.vocabulary import AGED_HOLDS, HOLD_BIT, SIGNAL_BIT, HoldKind, SignalKind

GRACE_DAYS = 5
"""An unresolved promise still counts as pending, and an unpaid instalment not yet as missed, this many days after its
date: two business days and a weekend, and one for the bank."""

_PROMISED = f"""
SELECT m, c,
       count(*) FILTER (happened_at > days_ago_365) AS promises_365d,
       count(*) FILTER (outcome = 'kept' AND resolved_at > days_ago_365) AS kept,
       count(*) FILTER (outcome = 'partly_kept' AND resolved_at > days_ago_365) AS partly_kept,
       count(*) FILTER (outcome = 'broken' AND resolved_at > days_ago_365) AS broken,
       today - local_day(max(resolved_at) FILTER (outcome = 'broken')) AS days_since_last_broken_promise,
       count(*) FILTER (is_open) > 0 AS has_open_promise,
       coalesce(sum(amount_cents) FILTER (is_open), 0) AS open_promise_cents,
       coalesce(min(promised_for) FILTER (is_open AND promised_for >= today), min(promised_for) FILTER (is_open))
           - today AS days_to_promise
FROM (
    SELECT m, t, today, days_ago_365, c, happened_at, amount_cents, promised_for, resolved_at,
           CASE WHEN resolved_at <= t THEN resolution END AS outcome,
           (resolved_at IS NULL OR resolved_at > t) AND promised_for >= today - {GRACE_DAYS} AS is_open
    FROM promises JOIN moments USING (c) WHERE known <= t
) GROUP BY m, c, today
"""

_ARRANGED = """
SELECT m, c, arrangement_id, resolved_at IS NULL OR resolved_at > t AS is_in_force,
       resolution = 'broken' AND resolved_at <= t AND resolved_at > days_ago_365 AS is_broken
FROM arrangements JOIN moments USING (c) WHERE known <= t
"""

_IN_FORCE = """
SELECT m, c, count(*) FILTER (is_in_force) AS arrangements, count(*) FILTER (is_broken) AS arrangements_broken_365d
FROM arranged GROUP BY m, c
"""

_TO_PAY = f"""
SELECT m, c, count(*) AS arrangement_instalments_left,
       count(*) FILTER (due_on < today - {GRACE_DAYS}) AS arrangement_instalments_missed,
       min(due_on) - today AS days_to_instalment
FROM instalments JOIN moments USING (c) JOIN (SELECT m, arrangement_id FROM arranged WHERE is_in_force)
  USING (m, arrangement_id)
WHERE known <= t AND (paid_at IS NULL OR paid_at > t)
GROUP BY m, c, today
"""

_DISPUTED = """
SELECT m, c,
       count(*) FILTER (kind = 'dispute' AND happened_at > days_ago_365) AS disputes_365d,
       count(*) FILTER (kind = 'dispute' AND (resolved_at IS NULL OR resolved_at > t)) AS open_disputes,
       count(*) FILTER (kind = 'paid_claim' AND (resolved_at IS NULL OR resolved_at > t)) AS open_paid_claims,
       today - local_day(max(happened_at) FILTER (kind = 'paid_claim')) AS days_since_paid_claim
FROM disputes JOIN moments USING (c) WHERE known <= t
GROUP BY m, c, today
"""

# Of several of a kind the latest counts: none of them has lasted longer than it is told to have.
_held_for = ",\n       ".join(
    f"today - local_day(max(began) FILTER (bit = {HOLD_BIT[kind]})) AS hold_days_{kind}" for kind in AGED_HOLDS
)
_bits = " ".join(f"WHEN '{kind}' THEN {bit}" for kind, bit in HOLD_BIT.items())
# Whoever is in an arrangement is held for it, whether or not anybody told of the hold.
_HELD = f"""
SELECT m, c, sum(bit) AS hold_bits, coalesce(sum(bit) FILTER (holds > 1), 0) AS hold_bits_repeated,
       {_held_for}
FROM (
    SELECT m, c, today, max(began) AS began, bit, max(holds) AS holds
    FROM (
        SELECT m, c, today, max(happened_at) AS began, CASE kind {_bits} END AS bit, count(*) AS holds
        FROM holds JOIN moments USING (c)
        WHERE known <= t AND (ends_at IS NULL OR ends_at > t) AND (lifted_at IS NULL OR lifted_at > t)
        GROUP BY m, c, today, bit
        UNION ALL
        SELECT m, c, today, NULL, {HOLD_BIT[HoldKind.ARRANGEMENT_CURRENT]}, arrangements
        FROM in_force JOIN moments USING (m, c) WHERE arrangements > 0
    ) GROUP BY m, c, today, bit
) GROUP BY m, c, today
"""

_SINCE_SIGNALS = tuple(f"days_since_{kind}" for kind in SignalKind)
_latest = ",\n       ".join(
    f"today - local_day(max(happened_at) FILTER (kind = '{kind}')) AS days_since_{kind}" for kind in SignalKind
)
_more_than_one = " + ".join(f"{bit} * (count(*) FILTER (kind = '{kind}') > 1)::INT" for kind, bit in SIGNAL_BIT.items())
_SIGNALLED = f"""
SELECT m, c, {_latest},
       {_more_than_one} AS signal_bits_repeated
FROM signals JOIN moments USING (c)
WHERE known <= t AND (cleared_at IS NULL OR cleared_at > t)
GROUP BY m, c, today
"""

_VIEW = f"""
SELECT m, customer_id,
       coalesce(promises_365d, 0) AS promises_365d,
       coalesce(kept, 0) AS promises_kept_365d,
       coalesce(broken, 0) AS promises_broken_365d,
       kept / nullif(kept + partly_kept + broken, 0) AS promise_kept_share_365d,
       days_since_last_broken_promise,
       coalesce(has_open_promise, false) AS has_open_promise,
       coalesce(open_promise_cents, 0) AS open_promise_cents,
       days_to_promise,
       coalesce(arrangements, 0) > 0 AS has_arrangement,
       coalesce(arrangement_instalments_left, 0) AS arrangement_instalments_left,
       coalesce(arrangement_instalments_missed, 0) AS arrangement_instalments_missed,
       days_to_instalment,
       coalesce(arrangements_broken_365d, 0) AS arrangements_broken_365d,
       coalesce(disputes_365d, 0) AS disputes_365d,
       coalesce(open_disputes, 0) AS open_disputes,
       coalesce(open_disputes, 0) > 0 AS has_open_dispute,
       coalesce(open_paid_claims, 0) AS open_paid_claims,
       coalesce(open_paid_claims, 0) > 0 AS has_paid_claim,
       days_since_paid_claim,
       coalesce(hold_bits, 0) AS hold_bits,
       coalesce(hold_bits_repeated, 0) AS hold_bits_repeated,
       {", ".join(f"hold_days_{kind}" for kind in AGED_HOLDS)},
       {", ".join(_SINCE_SIGNALS)},
       coalesce(signal_bits_repeated, 0) AS signal_bits_repeated
FROM who JOIN moments USING (c)
LEFT JOIN promised USING (m, c)
LEFT JOIN in_force USING (m, c)
LEFT JOIN to_pay USING (m, c)
LEFT JOIN disputed USING (m, c)
LEFT JOIN held USING (m, c)
LEFT JOIN signalled USING (m, c)
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("promised", _PROMISED),
    ("arranged", _ARRANGED),
    ("in_force", _IN_FORCE),
    ("to_pay", _TO_PAY),
    ("disputed", _DISPUTED),
    ("held", _HELD),
    ("signalled", _SIGNALLED),
    ("customer_promises", _VIEW),
)
