"""What is wrong with notes: one rule, one check, one code. Pure."""
