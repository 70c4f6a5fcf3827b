"""The tables and views of a Cairn database, made by migrations.

`events` is the journal and the only truth. `hunts` and `sessions` follow from it by triggers, so
that they are written in the same statement and can never disagree; the views are for people who
open the file in Datasette. A released migration never changes: add another one, here and to
`server.schema.MIGRATIONS`.

Imported only when there is something to migrate: sqlite-utils takes a tenth of a second to import.
"""

import sqlite3

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from server.schema import MIGRATION_SET

HUNT_TRIGGER_SQL = """
CREATE TRIGGER hunt_seeded AFTER INSERT ON events WHEN new.kind = 'hunt_seeded'
BEGIN
  REPLACE INTO hunts (hunt, title, seeded_position, seeded_at, plan, team_count, location_count)
  VALUES (
    new.hunt,
    json_extract(new.data, '$.plan.title'),
    new.position,
    new.at,
    json_extract(new.data, '$.plan'),
    json_array_length(new.data, '$.plan.teams'),
    json_array_length(new.data, '$.plan.locations')
  );
END
"""

SESSION_TRIGGER_SQL = """
CREATE TRIGGER player_joined AFTER INSERT ON events
WHEN new.kind = 'player_joined' AND new.session IS NOT NULL
BEGIN
  REPLACE INTO sessions (session, hunt, team, player, name, created_at, position)
  VALUES (
    new.session, new.hunt, new.team, new.player,
    json_extract(new.data, '$.name'), new.at, new.position
  );
END
"""

# In the views, a column beside max(position) holds the value of the row with that position: so
# SQLite documents it (sqlite.org/lang_select.html, "bare columns").
VIEWS_SQL = {
    "current_events": """
-- The events that count: those since the hunt was last seeded.
SELECT events.*
FROM events
JOIN hunts ON hunts.hunt = events.hunt AND events.position >= hunts.seeded_position
""",
    "finds": """
-- One row for each team and location; rank and bonus as the last correction left them.
WITH places AS (
  SELECT hunt, location, team, position,
    coalesce(json_extract(data, '$.rank'), 1) AS rank,
    coalesce(json_extract(data, '$.bonus'), 0) AS bonus
  FROM current_events WHERE kind = 'location_found'
  UNION ALL
  SELECT hunt, location, json_extract(moved.value, '$.team'), position,
    json_extract(moved.value, '$.rank'), json_extract(moved.value, '$.bonus')
  FROM current_events, json_each(current_events.data, '$.reranked') AS moved
  WHERE kind IN ('find_voided', 'find_restored')
),
last_places AS (
  SELECT hunt, location, team, rank, bonus, max(position)
  FROM places GROUP BY hunt, location, team
),
rulings AS (
  SELECT hunt, location, team, kind = 'find_voided' AS is_void, max(position)
  FROM current_events WHERE kind IN ('location_found', 'find_voided', 'find_restored')
  GROUP BY hunt, location, team
),
found AS (
  SELECT hunt, location, team, player, at AS found_at, points, max(position) AS position
  FROM current_events WHERE kind = 'location_found'
  GROUP BY hunt, location, team
)
SELECT hunt, location, team, player, found_at, position, is_void,
  iif(is_void, 0, points) AS points,
  iif(is_void, 0, bonus) AS bonus,
  iif(is_void, NULL, rank) AS rank
FROM found JOIN last_places USING (hunt, location, team) JOIN rulings USING (hunt, location, team)
""",
    "leaderboard": """
-- Teams with equal scores share a rank here, the earlier last find being listed first.
WITH seats AS (
  SELECT hunt, json_extract(seat.value, '$.id') AS team, json_extract(seat.value, '$.name') AS name
  FROM hunts, json_each(hunts.plan, '$.teams') AS seat
),
found AS (
  SELECT hunt, team, count(*) AS finds, sum(points) AS points, sum(bonus) AS bonus,
    max(found_at) AS last_find_at
  FROM finds WHERE NOT is_void GROUP BY hunt, team
),
charged AS (
  SELECT hunt, team,
    sum(coalesce(json_extract(data, '$.penalty'), 0)) AS penalties,
    sum(iif(kind = 'hint_bought', -json_extract(data, '$.cost'), 0)) AS hint_costs,
    sum(iif(kind = 'points_adjusted', points, 0)) AS adjustments
  FROM current_events WHERE kind IN ('claim_failed', 'hint_bought', 'points_adjusted')
  GROUP BY hunt, team
),
standing AS (
  SELECT hunt, team, kind = 'team_disqualified' AS is_disqualified, max(position)
  FROM current_events WHERE kind IN ('team_disqualified', 'team_reinstated')
  GROUP BY hunt, team
),
scores AS (
  SELECT hunt, team, name,
    coalesce(finds, 0) AS finds, coalesce(points, 0) AS points, coalesce(bonus, 0) AS bonus,
    coalesce(penalties, 0) AS penalties, coalesce(hint_costs, 0) AS hint_costs,
    coalesce(adjustments, 0) AS adjustments, last_find_at,
    coalesce(is_disqualified, 0) AS is_disqualified
  FROM seats LEFT JOIN found USING (hunt, team) LEFT JOIN charged USING (hunt, team)
    LEFT JOIN standing USING (hunt, team)
),
totals AS (
  SELECT *, points + bonus + penalties + hint_costs + adjustments AS score FROM scores
)
SELECT hunt,
  iif(is_disqualified, NULL,
    rank() OVER (PARTITION BY hunt, is_disqualified ORDER BY score DESC)) AS rank,
  team, name, score, finds, points, bonus, penalties, hint_costs, adjustments, last_find_at,
  is_disqualified
FROM totals ORDER BY hunt, is_disqualified, score DESC, last_find_at
""",
    "team_progress": """
WITH done AS (
  SELECT hunt, team,
    count(DISTINCT iif(kind = 'player_joined', player, NULL)) AS players,
    sum(kind = 'hint_bought') AS hints,
    sum(kind = 'claim_failed') AS failures,
    max(at) AS last_event_at
  FROM current_events WHERE team IS NOT NULL GROUP BY hunt, team
)
SELECT hunt, team, name, coalesce(players, 0) AS players, finds, coalesce(hints, 0) AS hints,
  coalesce(failures, 0) AS failures, last_find_at, last_event_at
FROM leaderboard LEFT JOIN done USING (hunt, team)
""",
    "location_traffic": """
WITH places AS (
  SELECT hunt, json_extract(place.value, '$.id') AS location,
    json_extract(place.value, '$.name') AS name
  FROM hunts, json_each(hunts.plan, '$.locations') AS place
),
found AS (
  SELECT hunt, location, count(*) AS finds, min(found_at) AS first_find_at,
    max(found_at) AS last_find_at
  FROM finds WHERE NOT is_void GROUP BY hunt, location
),
tried AS (
  SELECT hunt, location, sum(kind = 'claim_failed') AS failed_claims,
    sum(kind = 'hint_bought') AS hints
  FROM current_events WHERE location IS NOT NULL GROUP BY hunt, location
)
SELECT hunt, location, name, coalesce(finds, 0) AS finds,
  coalesce(failed_claims, 0) AS failed_claims, coalesce(hints, 0) AS hints,
  first_find_at, last_find_at
FROM places LEFT JOIN found USING (hunt, location) LEFT JOIN tried USING (hunt, location)
""",
}

migrations = Migrations(MIGRATION_SET)


@migrations(name="0001_journal")
def create_journal(db: Database) -> None:
    """The journal, and the server's own settings."""
    db.table("server").create(
        {"key": str, "value": str}, pk="key", not_null={"key", "value"}, strict=True
    )
    db.table("events").create(
        {
            "position": int,
            "hunt": str,
            "at": float,
            "kind": str,
            "team": str,
            "location": str,
            "player": str,
            "points": int,
            "session": str,
            "n": int,
            "data": str,
        },
        pk="position",
        not_null={"hunt", "at", "kind", "data"},
        strict=True,
    )
    # The last line of defence of "never applied twice". With `n` first, the requests of a moment
    # lie close together, and a commit writes a quarter less. Nothing else is indexed: each index
    # is paid at every commit, while reading a hunt back is rare.
    db.conn.execute(
        "CREATE UNIQUE INDEX events_request ON events (n, session) WHERE session IS NOT NULL"
    )


@migrations(name="0002_hunts_and_sessions")
def create_hunts_and_sessions(db: Database) -> None:
    """What the journal says about hunts and sessions, kept current by triggers."""
    db.table("hunts").create(
        {
            "hunt": str,
            "title": str,
            "seeded_position": int,
            "seeded_at": float,
            "plan": str,
            "team_count": int,
            "location_count": int,
        },
        pk="hunt",
        not_null={"hunt", "title", "seeded_position", "seeded_at", "plan"},
        strict=True,
    )
    db.table("sessions").create(
        {
            "session": str,
            "hunt": str,
            "team": str,
            "player": str,
            "name": str,
            "created_at": float,
            "position": int,
        },
        pk="session",
        not_null={"session", "hunt", "team", "player", "name", "created_at", "position"},
        strict=True,
    )
    db.conn.execute(HUNT_TRIGGER_SQL)
    db.conn.execute(SESSION_TRIGGER_SQL)


@migrations(name="0003_views")
def create_views(db: Database) -> None:
    """What people look at."""
    for name, sql in VIEWS_SQL.items():
        db.create_view(name, sql)


def apply(connection: sqlite3.Connection) -> None:
    """Bring the tables and views of a file up to date."""
    migrations.apply(Database(connection, execute_plugins=False))
