"""Search whole words first: the beginnings of words are looked for when too little was found.

A beginning such as `caller:*` makes the index collect every ticket it stands in; a whole word is
skipped through. The last word may always be a beginning, since it may still be being typed.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

HEAD = """
CREATE OR REPLACE FUNCTION portal_search_tickets(query text, public_only boolean)
RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
"""
FOUND = """
        (SELECT t.id FROM tickets t
         WHERE t.search @@ words AND (sees_all OR t.customer_id = ANY (mine)) LIMIT 1000)
        UNION
        (SELECT f.ticket_id FROM facts f
         WHERE f.search @@ words AND (f.is_public OR NOT public_only)
           AND (sees_all OR f.customer_id = ANY (mine)) LIMIT 1000)
        UNION
        (SELECT t.id FROM tickets t JOIN customers c ON c.id = t.customer_id
         WHERE NOT public_only AND sees_all AND to_tsvector('portal', c.name) @@ words
           AND t.state IN ('new', 'in_progress', 'waiting') LIMIT 1000);
"""
# Without enable_seqscan a word that is in no fact would be looked for in every one of them.
WHOLE_WORDS_FIRST = f"""{HEAD} SET enable_seqscan = off AS $$
DECLARE
    asked text[] := array_remove(regexp_split_to_array(query, '[^[:alnum:]]+'), '');
    words tsquery;
    number bigint;
    sees_all boolean := portal_sees_all();
    mine bigint[] := portal_customers();
BEGIN
    IF cardinality(asked) = 0 THEN
        RETURN;
    END IF;
    FOREACH words IN ARRAY ARRAY[
        to_tsquery('portal', array_to_string(asked, ' & ') || ':*'),
        to_tsquery('portal', array_to_string(asked, ':* & ') || ':*')
    ] LOOP
        RETURN QUERY {FOUND}
        GET DIAGNOSTICS number = ROW_COUNT;
        EXIT WHEN number >= 1000 OR cardinality(asked) = 1;
    END LOOP;
END $$;
"""
BEGINNINGS_ONLY = f"""{HEAD} AS $$
DECLARE
    words tsquery;
    sees_all boolean := portal_sees_all();
    mine bigint[] := portal_customers();
BEGIN
    SELECT to_tsquery('portal', string_agg(word || ':*', ' & ')) INTO words
    FROM regexp_split_to_table(query, '[^[:alnum:]]+') AS word WHERE word <> '';
    IF words IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY {FOUND}
END $$;
"""


def upgrade() -> None:
    """Let whole words go first."""
    _replace(WHOLE_WORDS_FIRST)


def downgrade() -> None:
    """Put the function back that takes every word as a beginning."""
    _replace(BEGINNINGS_ONLY)


def _replace(function: str) -> None:
    """Replace the function as the role that owns it; who may call it stays."""
    op.execute("GRANT CREATE ON SCHEMA public TO portal_search")
    op.execute("SET LOCAL ROLE portal_search")
    op.execute(function)
    op.execute("RESET ROLE")
    op.execute("REVOKE CREATE ON SCHEMA public FROM portal_search")
