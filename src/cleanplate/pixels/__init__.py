"""Arrays of pixels: color encodings, sizes, the over equation; nothing here knows what a person or a plate is."""
