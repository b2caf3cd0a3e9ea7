"""GitLab's database outage of 31 January 2017 as form entries, told in our own words.

Facts: GitLab's first report (1 February 2017) and its post-mortem (10 February 2017), both on about.gitlab.com.
Times are UTC; the hours are as published and several are approximate.
"""

TITLE = "Primary database emptied during a replica repair; 18 hours offline"
BEGAN, DETECTED, MITIGATED, ENDED = (
    "2017-01-31T23:27",
    "2017-01-31T23:28",
    "2017-02-01T17:00",
    "2017-02-01T18:14",
)
SUMMARY = (
    "While a stalled standby was being rebuilt, the data directory of the primary database was cleared instead "
    "of the standby's. Every regular backup turned out to be unusable. The site came back after about 18 hours "
    "from a copy six hours old, and changes made in between were lost."
)
IMPACT = (
    "The hosted service was down from 23:27 until 18:14 the next day. About 5,000 projects, 5,000 comments and "
    "700 new accounts were lost. Git repositories and wikis stood on other storage and were safe; self-managed "
    "installations were not touched."
)
WENT_WELL = (
    "The wrong host was noticed within two seconds. The public knew within two minutes that the site would go "
    "offline, and could follow the recovery in open notes. The staging copy was itself backed up before use."
)
TO_IMPROVE = (
    "Nobody knew that the nightly dumps had been failing. Progress of the copy was counted in files and looked "
    "better than it was in bytes. Settings were changed on the primary in the middle of the repair."
)
ALTERNATIVES = (
    "Spam alone did not explain the load: a background job was deleting a large account at the same time. "
    "Recovering deleted files from disk was considered and given up."
)
TIMELINE = [
    ("2017-01-31T17:20", "A manual snapshot of production is taken and loaded into staging for a load test"),
    ("2017-01-31T18:00", "Spam that creates snippets makes the database unstable"),
    ("2017-01-31T19:00", "Database load rises; many people cannot post comments"),
    ("2017-01-31T21:00", "The load grows into a lock-up of writes"),
    ("2017-01-31T22:00", "A page reports replication lag; the standby is about 4 GB behind and has stopped"),
    ("2017-01-31T22:12", "The plan to stop for the night is dropped because of the replication problem"),
    ("2017-01-31T22:40", "The base backup fails: the primary offers too few replication connections"),
    (
        "2017-01-31T22:50",
        "Replication connections are raised; the primary refuses to start, then starts with fewer",
    ),
    ("2017-01-31T23:00", "The base backup waits without any output and looks stuck"),
    ("2017-01-31T23:27", "The directory to be cleared on the standby is cleared on the primary"),
    ("2017-01-31T23:28", "The wrong host is noticed; the site is announced as going offline"),
    (
        "2017-01-31T23:50",
        "Backups are looked for: the bucket is empty and disk snapshots were never switched on",
    ),
    ("2017-02-01T00:44", "The public is told that production data was deleted, with a link to live notes"),
    ("2017-02-01T01:58", "The copy from staging to production starts over a slow link"),
    ("2017-02-01T16:53", "The database is started from the six-hour-old copy"),
    ("2017-02-01T18:14", "The service is announced as back"),
]
FACTORS = [
    "Primary and standby looked alike in the prompt: their names differ in one character",
    "The nightly dump ran with an older client version than the server and ended in an error",
    "Failure notices went out by one channel only, and that channel refused them",
    "No procedure and no owner existed for testing that a backup can be restored",
    "Rebuilding a standby was a manual task with thin documentation, done late in the evening",
]
# What, and how many days after publishing it is due.
ACTIONS = [
    ("Show host and environment in the prompt of every database host", 14),
    ("Alert when the newest backup is missing, old or much smaller than the one before", 14),
    ("Set the connection limit to a value the primary can start with", 15),
    ("Archive write-ahead logs so that a lagging standby can catch up", 25),
    ("Take hourly snapshots of the production database", 21),
    ("Restore a backup every day into a fresh host and compare row counts", 50),
    ("Write the runbook for rebuilding a standby, with its normal silences", 21),
    ("Name one owner for data durability", 14),
]
