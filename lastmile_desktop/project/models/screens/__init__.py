"""What people see: pages, their states, their weight, their barriers."""
