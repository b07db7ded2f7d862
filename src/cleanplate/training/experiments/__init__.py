"""The paper's claims as experiments: ``python -m cleanplate.training.experiments --help``; ``make results`` runs them all."""
