"""What happens to a message in one service: the event, the run, and its failures."""
