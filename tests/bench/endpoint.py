"""A token endpoint that takes next to no time itself: nginx with one canned answer."""

import contextlib
import json
import os
import shutil
import socket
import subprocess

from harness import background, wait_until
from world import Unmeasurable

SETTINGS = """\
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log {home}/access.log;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    location = /oauth/token {{
      default_type application/json;
      return 200 '{answer}';
    }}
  }}
}}
"""


class Endpoint:
    """As much of token_server.TokenServer as the sandbox wants to know."""

    client_id = "bench-client"
    client_secret = "bench+secret/with=signs&more"
    issued = ["0123456789abcdef" * 40]

    def __init__(self, home, port):
        self._home = home
        self.token_url = f"https://127.0.0.1:{port}/oauth/token"

    @property
    def count(self):
        with open(os.path.join(self._home, "access.log")) as file:
            return sum("POST /oauth/token" in line for line in file)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextlib.contextmanager
def endpoint(box, certificate, key):
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        raise Unmeasurable("nginx is not installed")
    home, port = box.path("nginx"), free_port()
    os.mkdir(home, 0o755)
    token = {"access_token": Endpoint.issued[0], "token_type": "Bearer", "expires_in": 3600}
    settings = os.path.join(home, "nginx.conf")
    with open(settings, "w") as file:
        file.write(SETTINGS.format(home=home, port=port, certificate=certificate, key=key,
                                   answer=json.dumps(token)))
    command = [program, "-e", os.path.join(home, "error.log"), "-c", settings]
    with background(command, stderr=subprocess.DEVNULL):
        wait_until(lambda: answers(port), "nginx answers")
        yield Endpoint(home, port)
