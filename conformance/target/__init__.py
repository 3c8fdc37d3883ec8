"""The only room that touches the world: servers, browsers, sockets."""
