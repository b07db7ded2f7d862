"""Video files and numbered pictures <-> frames."""
