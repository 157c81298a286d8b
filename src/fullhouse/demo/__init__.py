"""The demo business: Bouquet Garden, a u-pick sunflower farm in its season, and its guests."""
