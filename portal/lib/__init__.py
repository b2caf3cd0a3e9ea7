"""The leaf floor: small pieces without models that every floor may use."""
