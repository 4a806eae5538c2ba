"""When a card is due, and why. Pure: moments and seeds come in as arguments."""
