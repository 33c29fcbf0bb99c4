"""Who is this customer, how can they be reached, and what time is it for them? Contracts, consents, region, pay day."""

from regua.vocabulary import CHANNELS


def _by_channel(prefix: str, aggregate: str) -> str:
    return ", ".join(f"{aggregate} FILTER (channel = '{ch}') AS {prefix}_{ch}" for ch in CHANNELS)


# Lead contract: of those with something open (or else of all) the one with most days past due, then the largest overdue
# balance, then the smallest identifier. One that is paid up must not hide a bill that falls due on Friday.
_HOLDINGS = """
SELECT m, c,
       count(*) FILTER (NOT is_closed) AS contracts_open,
       count(DISTINCT product) FILTER (NOT is_closed) AS products_open,
       count(*) FILTER (days_past_due >= 1) AS contracts_in_arrears,
       sum(balance_overdue_cents) AS customer_balance_overdue_cents,
       first(contract_id ORDER BY balance_open_cents > 0 DESC, days_past_due DESC NULLS LAST,
                                  balance_overdue_cents DESC, contract_id)
         FILTER (balance_open_cents IS NOT NULL) AS lead_contract_id
FROM contract_arrears GROUP BY m, c
"""

# A point that reached somebody else once is closed for good, whatever its row says later. Where a contact names none,
# it may have been any of its channel that was known by then and was not verified since.
_WRONG_POINTS = """
SELECT DISTINCT m, c, point.contact_point_id, TRUE AS has_reached_another
FROM contacts JOIN moments USING (c) JOIN contact_points AS point USING (c)
WHERE outcome = 'wrong_party' AND coalesce(outcome_at, contacts.known) <= t
  AND CASE WHEN contacts.contact_point_id IS NOT NULL THEN contacts.contact_point_id = point.contact_point_id
      ELSE contacts.channel = point.channel AND point.known <= coalesce(outcome_at, contacts.known)
        AND NOT coalesce(status = 'verified' AND status_at > outcome_at AND status_at <= t, FALSE) END
"""

_POINTS = f"""
SELECT m, c,
       count(*) FILTER (is_valid) AS contact_points_valid,
       {_by_channel("has_point", "bool_or(is_valid)")},
       {_by_channel("has_wrong_point", "bool_or(is_wrong)")},
       max(confirmed_at) AS confirmed_at
FROM (
    SELECT *, NOT (is_wrong OR (status = 'invalid' AND (status_at IS NULL OR status_at <= t))) AS is_valid
    FROM (
        SELECT m, c, t, channel, status, status_at,
               coalesce(has_reached_another, FALSE)
                 OR (status = 'wrong_party' AND (status_at IS NULL OR status_at <= t)) AS is_wrong,
               CASE WHEN status = 'verified' AND coalesce(status_at, known) <= t THEN coalesce(status_at, known)
               END AS confirmed_at
        FROM contact_points JOIN moments USING (c) LEFT JOIN wrong_points USING (m, c, contact_point_id)
        WHERE known <= t
    )
) GROUP BY m, c
"""

_CONSENTED = f"""
SELECT m, c, {_by_channel("consent", "arg_max(is_granted, recency)")}
FROM consents JOIN moments USING (c) WHERE known <= t
GROUP BY m, c
"""

_KNOWN_MONTHS = """
SELECT t, region, month, unemployment_rate, selic_rate, is_disaster
FROM raw.region_months JOIN moments_now ON greatest(happened_at, known_at) <= t
"""

_REGIONS = """
SELECT latest.*, latest.unemployment_rate - earlier.unemployment_rate AS unemployment_change_6m
FROM (
    SELECT t, region, arg_max(unemployment_rate, month) AS unemployment_rate, arg_max(selic_rate, month) AS selic_rate,
           arg_max(is_disaster, month) AS is_disaster, max(month) FILTER (unemployment_rate IS NOT NULL) AS month
    FROM known_months GROUP BY t, region
) AS latest
LEFT JOIN known_months AS earlier
  ON earlier.t = latest.t AND earlier.region = latest.region AND earlier.month = latest.month - INTERVAL 6 MONTH
"""

_PAY_DAYS = """
SELECT m, c, CASE WHEN max(times) >= 2 THEN arg_max(paid_day, times * 100 - paid_day) END AS pay_day_of_month
FROM (
    SELECT m, c, day(paid_on) AS paid_day, count(*) AS times
    FROM payments JOIN moments USING (c) WHERE known <= t AND paid_on > months_ago_12
    GROUP BY m, c, paid_day
) GROUP BY m, c
"""

_NEXT_PAY_DAY = """
least(date_trunc('month', {day})::DATE + pay_day_of_month::INTEGER - 1, last_day({day}))
"""
_THIS_MONTH = _NEXT_PAY_DAY.format(day="today").strip()
_NEXT_MONTH = _NEXT_PAY_DAY.format(day="(last_day(today) + 1)").strip()

_VIEW = f"""
SELECT m, customer_id, kind, who.region, income_band,
       today - customer_since AS customer_tenure_days,
       coalesce(contracts_open, 0) AS contracts_open,
       coalesce(products_open, 0) AS products_open,
       coalesce(contracts_in_arrears, 0) AS contracts_in_arrears,
       customer_balance_overdue_cents, lead_contract_id,
       coalesce(contact_points_valid, 0) AS contact_points_valid,
       {", ".join(f"coalesce(has_point_{ch}, false) AS has_point_{ch}" for ch in CHANNELS)},
       {", ".join(f"coalesce(has_wrong_point_{ch}, false) AS has_wrong_point_{ch}" for ch in CHANNELS)},
       {", ".join(f"consent_{ch}" for ch in CHANNELS)},
       today - local_day(confirmed_at) AS days_since_point_confirmed,
       unemployment_rate, unemployment_change_6m, selic_rate, is_disaster,
       pay_day_of_month,
       CASE WHEN {_THIS_MONTH} >= today THEN {_THIS_MONTH} - today ELSE {_NEXT_MONTH} - today END AS days_to_pay_day,
       month(today) IN (11, 12) AS is_thirteenth_salary_month,
       day(today) AS day_of_month,
       isodow(today) AS day_of_week
FROM who JOIN moments USING (c)
LEFT JOIN holdings USING (m, c)
LEFT JOIN points USING (m, c)
LEFT JOIN consented USING (m, c)
LEFT JOIN regions ON regions.t = moments.t AND regions.region = who.region
LEFT JOIN pay_days USING (m, c)
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("holdings", _HOLDINGS),
    ("wrong_points", _WRONG_POINTS),
    ("points", _POINTS),
    ("consented", _CONSENTED),
    ("known_months", _KNOWN_MONTHS),
    ("regions", _REGIONS),
    ("pay_days", _PAY_DAYS),
    ("customer_context", _VIEW),
)
