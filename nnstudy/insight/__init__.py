"""What the database says: what today holds, what is known of each card, how memory does; as values and figures."""
