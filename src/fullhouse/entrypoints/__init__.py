"""The doors: parse what came in, recognise who asks, hand it on, translate the answer."""
