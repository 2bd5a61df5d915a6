"""The outside world, one module each: stores, encoders, model files. Foreign exceptions stop here."""
