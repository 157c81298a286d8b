"""How the system is: what took how long, and which statements were slow. It knows no business."""
