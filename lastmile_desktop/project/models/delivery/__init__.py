"""How the app is built and shipped: images, compose files, manifests, infrastructure, tests."""
