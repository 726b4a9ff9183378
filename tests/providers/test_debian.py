"""Servers of Debian's packages, and one of our own for what none of them knows."""

from lines import main

if __name__ == "__main__":
    main("with_authlib", "with_oauthlib", "with_exchange", "with_glewlwyd")
