"""How people get accounts and sign in: sign-ups, passwords, tokens, cookies, and ways around them."""
