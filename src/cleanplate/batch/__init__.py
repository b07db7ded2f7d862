"""Many pictures, on one machine or many: what is done is not done again, and nothing is lost. START READING AT ``job``."""
