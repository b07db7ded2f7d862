"""How good results are: metrics, tables, baselines, real use. Nothing here needs torch."""
