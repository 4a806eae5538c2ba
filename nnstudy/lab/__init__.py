"""The experiments: small NumPy programs that a learner predicts, runs and inspects. See `nnstudy.lab.experiment`."""
