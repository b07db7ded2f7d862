"""A training run: batches, steps, checkpoints, logs, export."""
