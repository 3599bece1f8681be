"""What the API says of the platform itself."""
