"""How the settings of a config must fit together, beyond what its schema tells."""
