"""What is done to a person and a plate, step by step; photos and films go through the same ones."""
