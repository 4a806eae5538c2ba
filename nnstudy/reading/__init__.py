"""Note files and the database: what comes in from notes, is corrected, checked, and written back into them."""
