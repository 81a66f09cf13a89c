"""Last Mile Desktop: a live checklist of production gaps beside a customer-conversation log."""

__version__ = "0.1.0"
