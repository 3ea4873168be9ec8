"""Training, test and scores of one network."""
