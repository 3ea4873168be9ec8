"""What the embedded sample of digits is made into."""
