"""Filling the portal with tickets: in bulk, with the facts and copies real ones have."""

from bench.support.stage import CUSTOMERS, Stage

PEOPLE = f"""
INSERT INTO customers (code, name, is_provider, language, zone, phone, created_at)
SELECT 'B-' || g, 'Bench customer ' || g, false, 'en', 'Europe/Brussels', '', now()
FROM generate_series(1, {CUSTOMERS}) g;
INSERT INTO services (customer_id, reference, name, access_owner_name, access_owner_email,
                      access_owner_phone, access_owner_language, needs_credentials, created_at)
SELECT c.id, 'CB-' || c.id, 'Bench', '', '', '', 'en', false, now()
FROM customers c WHERE c.code LIKE 'B-%';
INSERT INTO contracts (customer_id, service_id, reference, description_id, calendar, subscription,
                       options, extras, active_from, valid_from, created_at)
SELECT s.customer_id, s.id, s.reference, (SELECT max(id) FROM service_descriptions), 'BE',
       'advanced', '[]', '[]', now() - interval '3 years', now() - interval '3 years', now()
FROM services s WHERE s.reference LIKE 'CB-%';
INSERT INTO solution_elements (customer_id, contract_id, name, created_at)
SELECT customer_id, id, 'Invoice viewer', now() FROM contracts WHERE reference LIKE 'CB-%';
"""
TICKETS = """
WITH parts AS (
    SELECT array_agg(ARRAY[c.customer_id, c.id, e.id] ORDER BY c.id) AS ids
    FROM contracts c JOIN solution_elements e ON e.contract_id = c.id
    WHERE c.reference LIKE 'CB-%%'
), numbered AS (
    SELECT g, (SELECT ids FROM parts) AS ids, 1 + g %% {customers} AS c, g %% 2 = 0 AS is_open,
           (ARRAY['P1', 'P2', 'P2', 'P3', 'P3', 'P3', 'P4'])[1 + g %% 7] AS priority,
           now() - make_interval(
               secs => (g::bigint * 7919) %% 31536000 / CASE WHEN g %% 2 = 0 THEN 60 ELSE 1 END
           ) AS created
    FROM generate_series(%(first)s::int, %(last)s::int) g
)
INSERT INTO tickets (customer_id, contract_id, element_id, reference, kind, title, description,
    channel, contact_name, contact_phone, recording_reference, is_recording_told,
    is_own_side_checked, created_at, updated_at, version, state, priority, line, owner_id,
    urgency_rank, urgency_at, resolved_at, {more_columns})
SELECT ids[c][1], ids[c][2], ids[c][3], 'INC-B' || g, 'incident',
    (ARRAY['Invoices do not open', 'Report is late', 'Wrong cost centre', 'Login refused',
           'Export fails', 'Call details missing', 'Roaming looks low'])[1 + g %% 7] || ' ' || g,
    'Reported number ' || g || ' from the site in ' ||
    (ARRAY['Gent', 'Namur', 'Brugge', 'Mons', 'Leuven'])[1 + g %% 5],
    'phone', 'Caller ' || g %% 977, '', '', false, true, created, created,
    CASE WHEN is_open THEN 4 ELSE 5 END,
    CASE WHEN is_open THEN 'in_progress' ELSE 'resolved' END, priority, 1 + g %% 3,
    CASE WHEN g %% 3 = 0 THEN NULL ELSE (SELECT max(id) FROM users) END,
    CASE WHEN NOT is_open THEN 3 WHEN priority IN ('P1', 'P2') THEN 0 ELSE 1 END,
    created + interval '30 hours',
    CASE WHEN is_open THEN NULL ELSE created + interval '5 hours' END,
    {more_values}
FROM numbered;
"""
FACTS = """
INSERT INTO facts (customer_id, ticket_id, seq, kind, at, recorded_at, author_kind, is_public,
                   text, reason, data)
SELECT t.customer_id, t.id, f.seq, f.kind, t.created_at + f.after, t.created_at + f.after,
       'provider', true, CASE WHEN f.kind = 'created' THEN t.description ELSE '' END, '',
       CASE WHEN f.kind = 'priority_set' THEN jsonb_build_object('priority', t.priority)
            ELSE '{{}}'::jsonb END
FROM tickets t
CROSS JOIN (VALUES (1, 'notified', interval '-3 minutes'), (2, 'created', interval '0'),
    (3, 'priority_set', interval '0'), (4, 'intervention_started', interval '40 minutes'),
    (5, 'resolved', interval '5 hours')) AS f (seq, kind, after)
WHERE t.reference LIKE 'INC-B%%' AND substr(t.reference, 6)::int BETWEEN %(first)s AND %(last)s
  AND f.seq <= t.version;
"""
DEFAULTS = {
    "breached_from": "CASE WHEN is_open AND priority < 'P3' THEN created + interval '3 days' END",
    "next_alarm_at": "NULL",
    "update_due_at": "NULL",
}
STEP = 100_000


def add_customers(stage: Stage) -> None:
    """Add the customers, their contracts and elements."""
    stage.fill(PEOPLE)


def add_tickets(stage: Stage, have: int, want: int) -> None:
    """Add tickets until there are so many; every second one is open."""
    more = {
        "customers": CUSTOMERS,
        "more_columns": ", ".join(DEFAULTS),
        "more_values": ", ".join(DEFAULTS.values()),
    }
    for first in range(have + 1, want + 1, STEP):
        last = min(first + STEP - 1, want)
        stage.fill(TICKETS.format(**more), first=first, last=last)
        stage.fill(FACTS.format(), first=first, last=last)
    stage.fill("VACUUM ANALYZE")
