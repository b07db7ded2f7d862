"""Other people's folders of photos, and who of them is trained on."""
