"""Who asks: accounts, passwords and tokens. Off until the JWT_* variables are set."""
