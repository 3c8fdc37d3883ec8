"""Makes the plugin and pytester available to this checkout's own tests."""

pytest_plugins = ["conformance.plugin", "pytester"]
