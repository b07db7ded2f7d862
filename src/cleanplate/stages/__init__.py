"""What is done to pictures, stage by stage."""
