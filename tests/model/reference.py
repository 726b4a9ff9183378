"""Whose token a command may print: the rules alone, without a line of keybearer's.

A *seat* is what a person means by "my profile": a home, a configuration in it, a name. A seat has
one client or none. Commands may be killed, and then a seat may have either of two; whatever is
seen afterwards tells which.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Client:
    """What one `add` stored: a secret that no other client has, for one endpoint."""

    secret: str
    endpoint: int  # which server


@dataclass(frozen=True)
class Token:
    """What a server issued: to whom, with which settings, and when it is over."""

    text: str
    secret: str
    scope: str
    dead_at: float  # seconds, on the server's clock


@dataclass
class Seat:
    """What may be stored for one profile, and as which settings it may be configured."""

    clients: set = field(default_factory=lambda: {None})
    scopes: set = field(default_factory=lambda: {None})  # None: there is no such profile
    bound: bool = True  # the configuration is the one that the client was stored for

    def stores(self, client, scope):
        self.clients, self.scopes, self.bound = {client}, {scope}, True

    def may_store(self, client, scope):
        """Somebody was killed while he did."""
        self.clients.add(client)
        self.scopes.add(scope)

    def is_known(self):
        return len(self.clients) == 1 and len(self.scopes) == 1


class Wrong(AssertionError):
    """keybearer did what no rule allows."""


class Rules:
    """The servers' view of every token, and the persons' view of every seat."""

    def __init__(self):
        self.tokens = {}
        self.seats = {}

    def seat(self, name):
        return self.seats.setdefault(name, Seat())

    def issued(self, token):
        self.tokens[token.text] = token

    def printed(self, seat, before, text, asked_at):
        """
        SEAT was answered with TEXT. BEFORE is what could be stored when the call began; what
        another command stored meanwhile is right as well.
        """
        token = self.tokens.get(text)
        if token is None:
            raise Wrong(f"{text} was issued by nobody")
        allowed = {client.secret for client in (*before, *seat.clients) if client}
        if token.secret not in allowed:
            raise Wrong(f"a token of the client {token.secret}, not of {sorted(allowed)}")
        if token.dead_at <= asked_at:
            raise Wrong(f"a token that was dead for {asked_at - token.dead_at:.3f} s")
        if not seat.bound:
            raise Wrong("a token though the configuration is not what the client was stored for")

    def learned(self, seat, text):
        """Nobody else was at work: the token tells which client is stored, and as what."""
        token = self.tokens[text]
        seat.clients = {client for client in seat.clients if client and client.secret == token.secret}

    def refused(self, seat, status):
        """SEAT got no token, without a fault of the server."""
        if seat.bound and None not in seat.clients and None not in seat.scopes:
            raise Wrong(f"status {status}, though a client is stored")

    def asked(self, before, after, most):
        if after - before > most:
            raise Wrong(f"{after - before} token requests where {most} are enough")
