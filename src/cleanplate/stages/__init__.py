"""The stages that a picture goes through, one room each."""
