"""Small RNA reads: libraries read once, mapped where they are not, kept as places."""
