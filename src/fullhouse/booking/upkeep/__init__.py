"""What keeps the book in order by itself: its recurring jobs and its consistency rules."""
