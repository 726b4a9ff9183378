"""The table: each client, how it tells its version, the tests that it must pass, and where it is.

A test of a module test_NAME is one of e2e.NAME, where the other tests of that client are. What is
in no package stands in README.md, with what takes its part.
"""

from dataclasses import dataclass

from places import DEBIAN_13, HERE, NPM, WITHOUT_ROOT


@dataclass(frozen=True)
class Client:
    name: str
    version: str  # a command
    tests: str  # names, as Python's unittest takes them
    place: object = HERE
    needs: tuple = ()  # programs beside the first word of `version`

    @property
    def label(self):
        return self.name + self.place.suffix

    def missing(self):
        """Why it cannot be run, or None."""
        return self.place.missing((self.version.split()[0], *self.needs))


REGISTRY = ("docker-registry",)
OPENSSL = ("openssl",)
GIT = "test_git.GitTest test_git.MailTest.test_imap_send"
KUBECTL = "kubectl version --client"
PNPM = f"node {NPM}/pnpm-{{}}/bin/pnpm.cjs --version"

CLIENTS = (
    # Debian 12, or whatever this machine has.
    Client("git", "git --version", "test_git.GitTest.test_clone_push_clone"),
    Client("git-askpass", "git --version", "test_askpass.GitTest.test_git_clones"),
    Client("git-imap-send", "git --version", "test_git.MailTest.test_imap_send"),
    Client("git-8-fetches", "git --version", "with_herds.GitHerdTest.test_8_fetches"),
    Client("git-lfs", "git-lfs version", "with_lfs.LfsTest"),
    Client("skopeo", "skopeo --version", "test_skopeo.SkopeoTest.test_there_and_back", needs=REGISTRY),
    Client("skopeo-20-copies", "skopeo --version", "with_herds.SkopeoHerdTest.test_20_copies", needs=REGISTRY),
    Client("podman", "podman --version", "with_containers.StorageTest.test_podman", needs=REGISTRY),
    Client("buildah", "buildah --version", "with_containers.StorageTest.test_buildah", needs=REGISTRY),
    Client("podman", "podman --version",
           "with_containers.StorageTest.test_podman with_containers.PassphraseTest", WITHOUT_ROOT, REGISTRY),
    Client("buildah", "buildah --version", "with_containers.StorageTest.test_buildah", WITHOUT_ROOT, REGISTRY),
    Client("docker", "docker --version", "test_docker_clients.ClientTest.test_pull_and_push"),
    Client("docker-py", "/usr/bin/python3 -c 'import docker; print(docker.__version__)'",
           "test_docker_clients.DockerPyTest.test_pull_and_push"),
    Client("pip", "pip3 --version", "test_keyring.KeyringTest.test_pip_gets_a_package"),
    Client("twine", "twine --version", "with_python.PythonTest.test_twine"),
    Client("poetry", "poetry --version", "with_python.PythonTest.test_poetry"),
    Client("pdm", "pdm --version", "with_python.PythonTest.test_pdm"),
    Client("curl", "curl --version", "test_curl.CurlTest test_netrc.NetrcTest.test_curl_gets_a_page"),
    Client("wget", "wget --version", "test_askpass.WgetTest.test_wget_gets_a_page"),
    Client("httpie", "http --version", "with_files.FilesTest.test_httpie"),
    Client("rclone", "rclone --version", "with_files.FilesTest.test_rclone"),
    Client("msmtp", "msmtp --version", "test_tokens.TokensTest.test_msmtp_itself", needs=OPENSSL),
    Client("isync", "mbsync --version", "with_mail.IsyncTest"),
    Client("mutt", "mutt -v", "with_mail.MuttTest.test_mutt", needs=OPENSSL),
    Client("neomutt", "neomutt -v", "with_mail.MuttTest.test_neomutt", needs=OPENSSL),
    Client("cargo", "cargo --version", "test_cargo", needs=("rustc",)),

    # Debian 13.
    Client("git", "git --version", GIT, DEBIAN_13),
    Client("git-askpass", "git --version", "test_askpass.GitTest", DEBIAN_13),
    Client("git-8-fetches", "git --version", "with_herds.GitHerdTest.test_8_fetches", DEBIAN_13),
    Client("skopeo", "skopeo --version", "test_skopeo.SkopeoTest", DEBIAN_13, REGISTRY),
    Client("skopeo-20-copies", "skopeo --version", "with_herds.SkopeoHerdTest.test_20_copies", DEBIAN_13, REGISTRY),
    Client("podman", "podman --version", "with_containers.StorageTest.test_podman", DEBIAN_13, REGISTRY),
    Client("buildah", "buildah --version", "with_containers.StorageTest.test_buildah", DEBIAN_13, REGISTRY),
    Client("docker", "docker --version", "test_docker_clients.ClientTest.test_pull_and_push", DEBIAN_13),
    Client("git-lfs", "git-lfs version", "with_lfs.LfsTest", DEBIAN_13),
    Client("wget", "wget --version", "test_askpass.WgetTest.test_wget_gets_a_page", DEBIAN_13),
    Client("oras", "oras version", "with_containers.OrasTest", DEBIAN_13, REGISTRY),
    Client("kubectl", KUBECTL, "test_kubectl.RealTest", DEBIAN_13, OPENSSL),
    Client("kubectl-50-calls", KUBECTL, "with_herds.KubectlHerdTest.test_50", DEBIAN_13, OPENSSL),
    Client("go", "go version", "with_go.GoTest", DEBIAN_13, OPENSSL),
    Client("pip", "pip3 --version", "test_keyring.KeyringTest", DEBIAN_13),
    Client("curl", "curl --version", "test_curl.CurlTest test_netrc.NetrcTest.test_curl_gets_a_page", DEBIAN_13),

    # npm.
    Client("npm", "npm --version", "with_npm.NpmTest"),
    Client("pnpm-9", PNPM.format(9), "with_npm.PnpmTest.test_9", needs=(f"{NPM}/pnpm-9",)),
    Client("pnpm-10", PNPM.format(10), "with_npm.PnpmTest.test_10", needs=(f"{NPM}/pnpm-10",)),
    Client("pnpm-12", f"{NPM}/pnpm-12/pnpm --version",
           "with_npm.PnpmTest.test_12 with_npm.PnpmTest.test_12_with_arguments"),
    Client("mcp-sdk", f"grep '\"version\"' {NPM}/@modelcontextprotocol/sdk/package.json",
           "with_npm.McpTest", needs=("node", f"{NPM}/@modelcontextprotocol/sdk")),
)
