"""How the system is: health, durations, and slow statements. It knows no business."""
