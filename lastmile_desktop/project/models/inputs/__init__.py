"""What people send, followed to where it does harm."""
