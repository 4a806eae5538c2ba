"""Experiments at work: runs, predictions and sweeps, driven in other processes, kept, compared, told as tables."""
