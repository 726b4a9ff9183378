"""Servers from npm."""

from lines import main

if __name__ == "__main__":
    main("with_oidc_provider", "with_oauth2_server", "with_prism")
