"""The embedded authorization and resource server: an example to read and a target to judge."""
