"""Who may touch a client's secret: the files that name what holds it, and why.

What decodes a stored client is a target of its own that only the helpers link (layers.py); this
says which files read the secret once it is there. One that is missing here, or that does not
read it any more, fails the test: so a new reader is a decision that somebody sees.
"""

import tree

# Its member in a client, and the client as one text.
SECRET = r"(?:->|\.)(?:secret|pkcs8)\b|\bkb_client_(?:encode|decode)\b"

READERS = {
    "backends/sealed_client.c": "seals it for the vault, and opens it again",
    "backends/secret_service.c": "gives it to the Secret Service, and takes it back",
    "cmd/keybearer-helper/add_ask.c": "takes it from the person",
    "cmd/keybearer-helper/add_key.c": "moves it from a file, a store or the former client into the new one",
    "cmd/keybearer-helper/client_reader.c": "takes it from the confined part that reads the store",
    "cmd/keybearer-helper/exec.c": "puts it into the environment of the command that run starts",
    "cmd/keybearer-helper/import_one.c": "moves it from what the reader of a file found into the new client",
    "cmd/keybearer-helper/keygen.c": "has a new one made, for the store",
    "lib/core/client.c": "checks it, encodes it for a store, wipes it",
    "lib/core/decode/client_decode.c": "decodes it from what a store gave",
    "lib/oauth/client_auth.c": "proves the client with it",
    "lib/oauth/redact.c": "keeps it out of what a server's words are shown as",
    "lib/sign/key_file_json.c": "takes it from Box's key file",
    "lib/sign/key_read.c": "takes the key from a file",
    "lib/sign/key_write.c": "hands the key to TLS",
    "lib/sign/load.c": "reads the stored key, to sign with it",
    "lib/sign/signer.c": "signs with it",
}


def readers():
    return {name for folder in ("lib", "backends", "cmd") for name in tree.sources(folder)
            if name.endswith(".c") and any(tree.find(SECRET, name, tree.code(name)))}


def main():
    found = readers()
    finds = [f"{name}: reads a client's secret, and secret_readers.py does not say why"
             for name in sorted(found - set(READERS))]
    finds += [f"{name}: secret_readers.py lists it, and it reads no secret"
              for name in sorted(set(READERS) - found)]
    tree.finish(finds)


if __name__ == "__main__":
    main()
