"""What screens and programs need of customers."""
