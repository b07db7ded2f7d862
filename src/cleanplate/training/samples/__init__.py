"""Training and test pairs made from photos. Nothing here needs torch."""
