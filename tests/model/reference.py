"""Whose token a command may print: the rules alone, without a line of keybearer's.

A *seat* is what a person means by "my profile": a home, a configuration in it, a name. A seat has
one client or none. Commands may be killed, or run beside each other, and then a seat may have
either of several; whatever is seen afterwards tells which.

A *place* is where tokens are cached: a runtime directory, and the session key that opens what
lies there.
"""

from dataclasses import dataclass, field, replace

LONG = 600  # seconds of life with which no margin and no early renewal is near half of it
ANY = ("any scope",)
SAME_FOR_ALL_DIRECTORIES = ("kernel", "namespace")  # session keys; any other is its directory's own


@dataclass(frozen=True)
class Moment:
    """On the two clocks: one that anybody may set, and one that only goes forward."""

    wall: float
    boot: float

    def since(self, earlier):
        """The more pessimistic of the two: a clock that was set back makes nothing younger."""
        return max(self.wall - earlier.wall, self.boot - earlier.boot)


@dataclass(frozen=True)
class Client:
    """What one `add` stored: a secret that no other client has, for one endpoint."""

    secret: str
    endpoint: int  # which server
    keyring: object = None  # whose; None: the vault


@dataclass(frozen=True)
class Token:
    """What a server issued: to whom, with which scope, when, and for how long."""

    text: str
    secret: str
    scope: str
    issued: Moment
    life: float

    def rest(self, now):
        return self.life - now.since(self.issued)


@dataclass
class Seat:
    """What may be stored for one profile, and as which settings it may be configured."""

    clients: set = field(default_factory=lambda: {None})
    scopes: set = field(default_factory=lambda: {None})  # None: there is no such profile
    bound: object = True  # whether it may go where the configuration says; None: not known
    cached: dict = field(default_factory=dict)  # place: the token that must lie there
    given_up: dict = field(default_factory=dict)  # (place, secret, scope): none of before is served

    def stores(self, client, scope):
        self.may_become({client}, {scope})
        self.bound = True

    def may_become(self, clients, scopes):
        self.clients, self.scopes = set(clients), set(scopes)
        self.cached.clear()

    def may_store(self, client, scope):
        """Somebody was killed while he did."""
        self.may_become(self.clients | {client}, self.scopes | {scope})
        self.bound = self.bound or None

    def gives_up(self, place, clients, scopes, now):
        self.given_up.update({(place, client.secret, scope): now.boot
                              for client in clients if client for scope in scopes})
        self.cached.clear()

    def client(self):
        """The one client that it has for certain, or None."""
        is_known = len(self.clients) == 1 and len(self.scopes) == 1
        return next(iter(self.clients)) if is_known else None

    def may_lack(self, keyring):
        """Whether it may be right to have no token, where KEYRING is within reach."""
        return (self.bound is not True or None in self.scopes or None in self.clients
                or any(client.keyring not in (None, keyring) for client in self.clients))


class Wrong(AssertionError):
    """keybearer did what no rule allows."""


class Call:
    """What held when a command for a seat began."""

    def __init__(self, seat, place, keyring, now):
        self.seat, self.place, self.keyring, self.now = seat, place, keyring, now
        self.clients, self.scopes, self.bound = set(seat.clients), set(seat.scopes), seat.bound
        self.given_up = dict(seat.given_up)
        self.cached = seat.cached.get(place)

    def needs_no_request(self):
        """A token lies there with half of a long life before it, on either clock."""
        token = self.cached
        return bool(token) and token.life >= LONG and token.rest(self.now) >= token.life / 2


class Rules:
    """The servers' view of every token, and the persons' view of every seat."""

    def __init__(self, places):
        self.places = places
        self.tokens = {}  # in the order in which they were issued
        self.seats = {}
        self.renewals = set()  # tokens that somebody may be renewing behind the persons' backs
        self.kernel_keys = set()  # session keys that the kernel has for certain

    def seat(self, name):
        return self.seats.setdefault(name, Seat())

    def renamed(self, old, new):
        """What was cached may have come along."""
        seat = self.seat(old)
        seat.cached.clear()
        self.seats.update({new: seat, old: Seat(given_up=dict(seat.given_up))})

    def begins(self, place):
        """
        Where the kernel takes a key and has none, that of the directory's file moves there: who is
        refused by the kernel loses it with all that it opens.
        """
        directory, key = place
        if key in SAME_FOR_ALL_DIRECTORIES and key not in self.kernel_keys:
            for seat in self.seats.values():
                seat.cached.pop((directory, "file"), None)

    def issued(self, token):
        self.tokens[token.text] = token

    def may_count_from(self, now):
        """The clock was set while the newest token was on its way."""
        token = self.tokens.popitem()[1]
        wall = max(token.issued.wall, now.wall)
        self.issued(replace(token, issued=Moment(wall, token.issued.boot)))

    def newest(self, client):
        """The token that CLIENT was issued last."""
        return next(token for token in reversed(self.tokens.values()) if token.secret == client.secret)

    def printed(self, call, text):
        """What another command stored while the call went on is right as well."""
        seat, token = call.seat, self.tokens.get(text)
        if token is None:
            raise Wrong(f"{text} was issued by nobody")
        owners = [client for client in call.clients | seat.clients
                  if client and client.secret == token.secret]
        if not owners:
            raise Wrong(f"a token of the client {token.secret}, which is not stored")
        if all(client.keyring not in (None, call.keyring) for client in owners):
            raise Wrong("a token of a client in another keyring")
        if token.scope not in call.scopes | seat.scopes:
            raise Wrong(f"a token for the scope {token.scope!r}, which is not configured")
        if call.bound is False and seat.bound is False:
            raise Wrong("a token though the configuration is not what the client was stored for")
        self.is_alive(call, token)
        if token.rest(call.now) < LONG:
            self.renewals.add(text)

    def is_alive(self, call, token):
        """Whoever waits for a token gets it, however short its life; nobody may have it later."""
        if token.rest(call.now) <= 0:
            raise Wrong(f"a token that was dead for {-token.rest(call.now):.3f} s")
        if any(token.issued.boot < call.given_up.get((call.place, token.secret, scope), 0)
               for scope in (token.scope, *ANY)):
            raise Wrong("a token that was given up before the call began")

    def learned(self, call, text):
        """Nobody else was at work: the token tells which client is stored, as what, and lies there."""
        token, seat = self.tokens[text], call.seat
        seat.clients = {client for client in seat.clients if client and client.secret == token.secret}
        seat.scopes, seat.bound = {token.scope}, True
        seat.cached[call.place] = token
        self.kernel_keys.add(call.place[1])

    def refused(self, call, status):
        """The seat got no token, without a fault of the server."""
        if not call.seat.may_lack(call.keyring):
            raise Wrong(f"status {status}, though a client is stored")

    def renews(self, call):
        """
        Whatever was cached there, for the settings as they were when the call began, is not served
        after it. What somebody adds meanwhile is not given up.
        """
        call.seat.gives_up(call.place, call.clients, call.scopes, call.now)

    def forgets(self, call):
        """The same in this directory, under any key."""
        for place in self.places:
            if place[0] == call.place[0]:
                call.seat.gives_up(place, call.clients, call.scopes, call.now)

    def locks(self, call):
        """
        The same for everybody and any settings, in this directory under any key, and under this
        key in any directory.
        """
        directory, key = call.place
        self.kernel_keys.discard(key)
        for seat in self.seats.values():
            clients = call.clients if seat is call.seat else seat.clients
            for place in self.places:
                if place[0] == directory or place[1] == key in SAME_FOR_ALL_DIRECTORIES:
                    seat.gives_up(place, clients, ANY, call.now)

    def asked(self, requests, most):
        """What was handed out near its end may cost one more, whenever that comes."""
        if requests > most + len(self.renewals):
            raise Wrong(f"{requests} token requests where {most} are enough")
        for _ in range(requests - most):
            self.renewals.pop()
