"""Training, test and scores; knows no file and no clock."""
