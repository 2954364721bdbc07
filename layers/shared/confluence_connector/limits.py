"""Every time-out, lifetime, retry and limit of ours, each with its unit. Nobody else invents one."""

from typing import Final

# ── times, in seconds (design: one place) ───────────────────────────────────────────────────────────────────────────
TICKET_SECONDS: Final = 120
STATE_SECONDS: Final = 600
CONFIRMATION_SECONDS: Final = 600
UNFINISHED_CALLBACK_SECONDS: Final = 120  # then its secret is an orphan: no function lives that long
CALLBACK_RESERVED_SECONDS: Final = 5
"""Of the callback's invocation: to store the grant and to answer. Atlassian is not asked into it."""
CACHE_SECONDS: Final = 600
FLIGHT_SECONDS: Final = 30
ACCESS_TOKEN_MARGIN_SECONDS: Final = 300
ACCESS_TOKEN_JITTER_SECONDS: Final = 30
LEASE_SECONDS: Final = 90
TOKEN_TIMEOUT_SECONDS: Final = 10
REPOST_UNTIL_SECONDS: Final = 540
TOKEN_POSTS: Final = 3
LEASE_LEFT_SECONDS: Final = 20
"""A token request starts only with that much of the lease left: twice its time-out."""
VAULT_RESERVED_SECONDS: Final = 5
"""Of the invocation: what the vault cannot finish before is the sweeper's."""
LOOK_UP_PAUSES_SECONDS: Final = (0, 2, 3)
"""Secrets Manager is eventually consistent: three looks over five seconds."""
ROTATION_PAUSE_SECONDS: Final = 600
"""At most one new secret version per connection in that time (fault case B22)."""
UNREADABLE_SECONDS: Final = 600
TOKEN_BACKOFF_SECONDS: Final = 5
TOKEN_BACKOFF_MAX_SECONDS: Final = 60
TOKEN_RETRY_AFTER_MAX_SECONDS: Final = 300
ACCESS_TOKEN_MAX_SECONDS: Final = 86_400
APP_CREDENTIALS_SECONDS: Final = 300
USE_NOTED_SECONDS: Final = 600
KEEP_ALIVE_AFTER_DAYS: Final = 60
IDLE_DAYS: Final = 90
ABSOLUTE_DAYS: Final = 365
ABSOLUTE_WARNING_DAYS: Final = 335
IDEMPOTENCY_SECONDS: Final = 24 * 3600
DOWNLOAD_URL_SECONDS: Final = 300
DOWNLOAD_LEAST_SECONDS: Final = 60
"""A pipeline is not handed text that is about to be forgotten: it is read anew."""
# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────
OPEN_CONSENTS_PER_MEMBER: Final = 10
SPACES_EXPECTED: Final = 25
"""Of a workspace's service account; one that sees more was hardly given the least access."""
REQUEST_BYTES: Final = 6_000_000
JSON_DEPTH: Final = 32  # levels of nesting in a request
ANSWER_BYTES: Final = 5_000_000
ITEM_BYTES: Final = 350_000
# ── Atlassian's API: one exchange, and the one layer that repeats it ────────────────────────────────────────────────
EXCHANGE_SECONDS: Final = 12
"""One request from first byte sent to last byte read; a body that drips is cut here."""
CONNECT_TIMEOUT_SECONDS: Final = 3
READ_TIMEOUT_SECONDS: Final = 8
RESERVED_SECONDS: Final = 2
"""Of the invocation, kept for our own answer: nobody waits or calls out into it."""
ATLASSIAN_TRIES: Final = 4
BACKOFF_SECONDS: Final = 0.5
BACKOFF_MAX_SECONDS: Final = 8
WAIT_MAX_SECONDS: Final = 20
"""A longer wait is the caller's to take: it gets `retry_after` at once."""
RETRY_AFTER_MAX_SECONDS: Final = 3600
ATLASSIAN_ANSWER_BYTES: Final = 16_000_000
"""After decoding. Confluence takes pages up to 5 MB; JSON may escape each byte to more."""
ATLASSIAN_LIST_ROWS: Final = 250
ATLASSIAN_LIST_PAGES: Final = 400
# ── pace: what background work may ask of Atlassian ─────────────────────────────────────────────────────────────────
HOURLY_POINTS: Final = 65_000
"""Of the app, all customers together, reset on the UTC hour: Atlassian's default tier. A deployment whose app was
granted another says so (Settings.hourly_points)."""
BACKGROUND_PERCENT: Final = 60
"""Of them; the rest is people's."""
NEAR_LIMIT_PERCENT: Final = 20
"""Less than this left of a quota is what Atlassian calls near."""
BUCKET_BURST: Final = {"confluence": 20, "jira": 10}
"""Requests at once, per site and product. Confluence's burst limits are unpublished, Jira's are ten times this."""
BUCKET_INTERVAL_MS: Final = 100
"""Between requests once the burst is used up: ten a second."""
BUCKET_TRIES: Final = 4
BUCKET_KEPT_SECONDS: Final = 24 * 3600
BURST_HOLD_SECONDS: Final = 2
"""After a 429 that names no time."""
POINTS_BOOKED_AT_ONCE: Final = 100
"""Fewer wait for the next look at the ledger. So much may each worker be ahead of it, and one answer."""
LEDGER_LOOK_SECONDS: Final = 10
LEDGER_KEPT_SECONDS: Final = 48 * 3600
NEXT_HOUR_SPREAD_SECONDS: Final = 300
"""Whoever waits for the hour to end comes back somewhere in its first five minutes (fault case L9)."""
LOCAL_INTERVAL_MS: Final = 2_000
"""Between a process's requests while the shared bucket does not answer (fault case L6)."""
LOCAL_POINTS: Final = 2_000
"""What a process may spend while the ledger does not answer."""
# ── pipelines ───────────────────────────────────────────────────────────────────────────────────────────────────────
REFERENCES: Final = 20
"""Pages that one call reads: at a second each, live, they fit into an HTTP API's thirty."""
REFERENCE_TEXT_LENGTH: Final = 65_536
"""Characters; GitHub takes no longer body of a pull request."""
# ── finding and importing ───────────────────────────────────────────────────────────────────────────────────────────
TITLES_STOP_SECONDS: Final = 8
"""Of the invocation, left when reading a space's titles pauses until the next call."""
COPY_BYTES: Final = 5_000_000
LOSSES_KEPT: Final = 200
"""Lines of a conversion's report on a document; its item has to hold them."""
NAME_LENGTH: Final = 200
FOLDER_LENGTH: Final = 300
FOLDER_DEPTH: Final = 8
# ── space sync ──────────────────────────────────────────────────────────────────────────────────────────────────────
SYNC_INTERVAL_MIN_MINUTES: Final = 15
SYNC_INTERVAL_MAX_MINUTES: Final = 1440
SYNC_SPACES_NAMED: Final = 500
"""Keys that a setting may include or exclude."""
RUNS_KEPT_DAYS: Final = 90
CHANGES_KEPT_DAYS: Final = 90
MISSING_KEPT_DAYS: Final = 7
"""Suspects of a run that died; a run that lives forgets its own."""
CORPUS_WRITES_AT_ONCE: Final = 16
CORPUS_PAGES_AT_ONCE: Final = 50
"""Objects first, then their rows: as many pages does a worker that dies leave to be written again, at most."""
CORPUS_ERASE_STOP_SECONDS: Final = 5
"""Of the invocation, left when erasing a corpus pauses until the next turn."""
SYNC_LIST_ROWS_LEAST: Final = 31
"""Rows of a list that is halved because Confluence does not get more done in time: 250, 125, 62, 31."""
DETAILS_BYTES: Final = 250_000
"""Of labels and attachments kept of one page; its row in the index has to hold them."""
TITLES_LOOKED_AT: Final = 5_000
"""Of a corpus's titles, by one call that searches them."""
SYNC_OVERLAP_SECONDS: Final = 300
"""How far Atlassian's clocks, and ours, may be apart before a change between two runs waits for the walk (K8)."""
PROBE_ROWS: Final = 10
SYNC_ROWS: Final = 250
SPACES_TOGETHER: Final = 100
"""Spaces in one walk: as many as Confluence filters by."""
OWED_KEPT: Final = 250
FAILURES_KEPT: Final = 100
RECONCILE_DAYS_MAX: Final = 14
TURN_LEAST_SECONDS: Final = 3
"""Of an invocation: less is not worth beginning a turn."""
TURN_SECONDS: Final = 40
"""Work on a run begins another batch for so long, or for 60 % of a shorter invocation; the next message goes on."""
TURN_MARGIN_SECONDS: Final = 15
"""A turn is somebody else's that much after the end of the invocation that holds it."""
TURN_STALLED_SECONDS: Final = 600
"""Without a sign of a run: its message is lost, or was never sent. Longer than a message stays hidden from others."""
STRIKES: Final = 5
REWIND_STRIKES: Final = 3
"""Turns without a batch after which a cursor that Confluence does not take any more is given up."""
AWAY_SECONDS: Final = 6 * 3600
AWAY_PAUSE_SECONDS: Final = 15
AWAY_PAUSE_MAX_SECONDS: Final = 900
QUEUE_DELAY_MAX_SECONDS: Final = 900
"""SQS takes no longer one."""
STARTS_PER_SECOND: Final = 50
DISPATCHED_AT_ONCE: Final = 3_000
"""Runs begun by one tick of a minute; the others stay due."""
# ── personal data: reporting account ids to Atlassian ───────────────────────────────────────────────────────────────
REPORT_ACCOUNTS: Final = 90
"""In one report: all that Atlassian takes."""
REPORT_CYCLE_DAYS: Final = 7
"""Atlassian's default; its answers may name another."""
REPORT_EARLY_HOURS: Final = 12
"""Before a cycle ends, a round begins; one that does not fit into an invocation has the rest for the others."""
NAMES_AFTER_SECONDS: Final = 120
"""Between a changed name and the run that corrects the pages: what was being written by then is there."""
# ── importing many pages ────────────────────────────────────────────────────────────────────────────────────────────
IMPORT_PAGES_NAMED: Final = 200
IMPORT_TREE_PAGES: Final = 2_000
IMPORTS_AT_ONCE: Final = 5
"""Of a workspace, unfinished: the queue is everybody's (fault case J7)."""
IMPORT_JOBS_KEPT_DAYS: Final = 90
# ── agents ──────────────────────────────────────────────────────────────────────────────────────────────────────────
AGENTS_PER_WORKSPACE: Final = 100
AGENT_CALLS_PER_MINUTE: Final = 60
"""Of one agent, refused ones too, by REST and MCP together."""
AGENT_LIST_ROWS: Final = 250
"""That one call may ask Confluence for: its own limit on lists."""
AGENT_TEXT_CHARACTERS: Final = 60_000
"""Of a page, in one answer of a tool; a model asks for the rest if it wants it."""
AGENT_SEARCH_ROWS: Final = 50
AGENT_CALLS_KEPT_DAYS: Final = 90
AGENT_CALLS_EXPORTED: Final = 2_000
"""Lines of the audit trail in one answer of JSON lines."""
APPROVAL_HOURS: Final = 24
APPROVALS_PENDING: Final = 100
"""Of one agent: more than a person reads, and an agent that loops fills no table. Calls of the same moment do not see
each other, so a few more may come to wait."""
APPROVAL_QUERY_BYTES: Final = 32_000
"""Of a query that waits: its approval's item has to hold it. Servers refuse such a long address anyway."""
APPROVALS_KEPT_DAYS: Final = 90
APPROVAL_NOTE_LENGTH: Final = 500
APPROVAL_STALLED_SECONDS: Final = 120
"""Whoever was sending is gone: no HTTP function lives that long."""
APPROVAL_LOOK_SECONDS: Final = 600
"""Between two looks for what became of a write whose answer was lost."""
APPROVAL_CLOCK_SECONDS: Final = 5
"""How far Atlassian's clock may be behind ours for what it shows to be surely ours."""
APPROVAL_LOOKED_FOR_HOURS: Final = 24
"""After that it stays `outcome_unknown`."""
# ── synchronizers to Jira ───────────────────────────────────────────────────────────────────────────────────────────
SYNCHRONIZERS_PER_WORKSPACE: Final = 100
SYNCHRONIZE_MINUTES: Final = 15
"""Between a synchronizer's runs, at least."""
SYNCHRONIZER_POINTS_HOURLY: Final = 1_000
"""What one synchronizer's whole runs may cost: a fortieth of what all background work may spend. They take three points
a page, so that beyond some 330 pages they come less often than every hour; the looks between them do not."""
WHOLE_RUN_MINUTES: Final = 60
LOOK_OVERLAP_MINUTES: Final = 15
"""How much further back than to the last run a look goes: Confluence's search index is late."""
LINKS_AT_ONCE: Final = 100
"""Pages looked at together: as many issues as Jira gives in one answer."""
LINKS_LOOKED_AT: Final = 1_000
"""By one call that lists links of one state."""
BEGIN_TRIES: Final = 4
"""Of a person's call that begins a run while others change the synchronizer."""
SETTLE_AFTER_SECONDS: Final = 120
"""A create whose answer was lost is looked for no sooner: Jira's search index is late."""
SETTLE_MINUTES: Final = 60
"""How far back a search for lost creates reaches, at least."""
CREATES_REFUSED: Final = 10
"""In a row, and a run gives up: the issue type demands what no synchronizer can give."""
CREATES_AT_ONCE: Final = 10
"""Before a run's counts are stored: as much of its report does a worker that dies leave out, at most."""
CREATES_ASKED: Final = 3
"""Times that an issue is asked for within one run while no answer comes; the next run goes on."""
PLANNED_KEPT: Final = 200
"""Lines of a dry run; its item has to hold them."""
PAGE_ACTS_KEPT_DAYS: Final = 365
SUMMARY_UNITS: Final = 255
"""UTF-16 units of an issue's summary, as Jira counts."""
ADDITIONAL_CQL_LENGTH: Final = 1_000
ISSUE_FIELDS_BYTES: Final = 200_000
"""Of the values with which one call edits an issue. Jira takes texts of 32,767 characters."""
# ── whole workspaces ────────────────────────────────────────────────────────────────────────────────────────────────
WORKSPACE_JOBS_KEPT_DAYS: Final = 90
QUIET_SECONDS: Final = 900
"""Between the end of a workspace's grants and the deletion of what is left: invocations are over by then, and so are
messages that were waiting, cached text, and answers that were handed over."""
WORKSPACE_STOP_SECONDS: Final = 10
"""Of an invocation, left when erasing pauses until the next turn."""
EXPORT_PART_BYTES: Final = 8_000_000
"""Of the archive in memory; S3 takes no part under five million bytes but the last."""
EXPORT_BYTES: Final = 4_000_000_000
EXPORT_ENTRIES: Final = 60_000
"""Of the archive: what fits into a ZIP that every program reads. About 29,000 pages of a corpus, each with metadata."""
EXPORT_RECORDS_AT_ONCE: Final = 500
"""Items in one file of lines."""
EXPORT_TEXTS_AT_ONCE: Final = 200
EXPORT_KEPT_HOURS: Final = 24
