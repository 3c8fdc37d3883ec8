"""Tells, with proof, whether an OAuth 2.0 authorization server does what it must."""

__version__ = "0.1.0"
