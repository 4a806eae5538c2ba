"""Text becomes a note, a note becomes cards. Pure: no database, no clock, no screen."""
