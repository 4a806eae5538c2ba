"""The review log as the FSRS optimizer and its research data have it: one CSV row a review.

`review_state` is the card's state before the review: 0 new, 1 learning, 2 review, 3 relearning. Answers that were taken
back, starts that were imported and reviews that do not move the schedule are left out: they are no observation.
Source: https://github.com/open-spaced-repetition/fsrs-optimizer, "Revlogs with Standard Format".
"""

import csv

from nnstudy.history.outgoing import Outgoing
from nnstudy.store.records import moment

COLUMNS = ("card_id", "review_time", "review_rating", "review_state", "review_duration")
STATES = {"learn": 1, "review": 2, "relearn": 3}


def write(out: Outgoing) -> None:
    """One row a review, oldest first; times in milliseconds since 1970, durations in milliseconds."""
    writer = csv.writer(out.file, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = out.store.connection.execute(REVIEWS, {"note": out.note})
    for card, at, rating, kind, duration, first in out.counted(rows, out.store.log.size(out.note)):
        state = 0 if first else STATES[kind]
        writer.writerow((card, round(moment(at).timestamp() * 1000), rating, state, duration))


REVIEWS = """SELECT review.card, review.at, rating, kind, duration_ms, review.id = (
    SELECT first.id FROM review AS first WHERE first.card = review.card AND first.kind IN ('learn', 'review', 'relearn')
        AND first.id NOT IN (SELECT review FROM retraction) ORDER BY first.at, first.id LIMIT 1)
FROM review LEFT JOIN retraction ON retraction.review = review.id
WHERE retraction.review IS NULL AND kind IN ('learn', 'review', 'relearn')
    AND (:note IS NULL OR review.card IN (SELECT id FROM card WHERE note = :note))
ORDER BY review.at, review.id"""
