"""What is expected of deliveries and of marts, as code; see README.md."""
