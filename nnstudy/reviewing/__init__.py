"""A review: which cards are asked, what an answer or a deed makes of them, how the schedule follows from the log."""
