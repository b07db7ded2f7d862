"""Photo files, and files that are whole or not there at all."""
