"""Synthesis of training pairs, training, evaluation and export (extra ``train``). The runtime never imports this."""
