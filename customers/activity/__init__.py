"""What people use and where they are, day by day, and the tags that follow: interests and frequented places."""
