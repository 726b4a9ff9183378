"""How a client of Kubernetes runs an exec plugin: the rules of client-go's `exec` package.

It starts the command with KUBERNETES_EXEC_INFO in its environment and nothing to read, takes one
ExecCredential from its output, uses the token until that has expired, and asks again when a
server answered 401.
"""

import datetime
import json

VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")


class PluginError(Exception):
    """No credential: the client shows this text, and the plugin's own error before it."""


class ExecPlugin:
    """
    The `exec` of a user in a kubeconfig. RUN(argv, env) runs a program, as Sandbox.run() does.
    With a SERVER, the kubeconfig says `provideClusterInfo: true`; CLUSTER is what else it has of that.
    """

    def __init__(self, run, *args, version=VERSIONS[0], server=None, **cluster):
        self.run, self.args = run, args
        self.version, self.server, self.cluster = version, server, cluster
        self.calls = 0
        self._token, self._expires = None, None

    def token(self, now=None):
        now = now or datetime.datetime.now(datetime.timezone.utc)
        if self._token is None or (self._expires and now > self._expires):
            self._refresh()
        return self._token

    def refused(self, token):
        """A server said 401 to TOKEN."""
        if token == self._token:
            self._refresh()

    def info(self):
        spec = {"interactive": False}
        if self.server:
            spec["cluster"] = {"server": self.server, **self.cluster, "config": None}
        return json.dumps({"kind": "ExecCredential", "apiVersion": self.version, "spec": spec}) + "\n"

    def _refresh(self):
        self.calls += 1
        done = self.run(["keybearer", *self.args], env={"KUBERNETES_EXEC_INFO": self.info()})
        if done.status != 0:
            raise PluginError(f"executable keybearer failed with exit code {done.status}")
        self._take(json.loads(done.stdout))

    def _take(self, answer):
        group, _, version = answer["apiVersion"].partition("/")
        if (answer["kind"], group) != ("ExecCredential", "client.authentication.k8s.io"):
            raise PluginError(f"no kind {answer['kind']} is registered for {group}/{version}")
        if answer["apiVersion"] != self.version:
            raise PluginError(f"the plugin returned version {answer['apiVersion']}")
        status = answer.get("status")
        if status is None:
            raise PluginError("exec plugin didn't return a status field")
        if not status.get("token"):
            raise PluginError("exec plugin didn't return a token or cert/key pair")
        expires = status.get("expirationTimestamp")
        self._token = status["token"]
        self._expires = datetime.datetime.strptime(expires, "%Y-%m-%dT%H:%M:%S%z") if expires else None
