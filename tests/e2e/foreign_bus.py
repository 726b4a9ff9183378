"""A session bus that lets anybody in and writes down what it hears: foreign_bus.py PATH RECORD.

PATH is that of a socket; one that begins with `@` is abstract. Speaks as much D-Bus as it takes to let
a client believe that it is connected.
"""

import socket
import struct
import sys
import threading


def padded(data, size):
    return data + b"\0" * (-len(data) % size)


def text(value):
    return struct.pack("<I", len(value)) + value.encode() + b"\0"


def hello_reply(serial):
    """":1.1" is the name of whoever said Hello."""
    fields = b""
    for code, signature, value in (
        (5, "u", struct.pack("<I", serial)), (6, "s", text(":1.1")),
        (7, "s", text("org.freedesktop.DBus")), (8, "g", b"\1s\0"),
    ):
        fields = padded(fields, 8) + bytes([code, 1]) + signature.encode() + b"\0" + value
    body = text(":1.1")
    head = struct.pack("<cBBBIII", b"l", 2, 1, 1, len(body), 1, len(fields))
    return padded(head + fields, 8) + body


def answer(line):
    """The handshake's next line; newer clients say in one what older ones say in two."""
    if line == b"AUTH":
        return b"REJECTED EXTERNAL\r\n"
    if line == b"AUTH EXTERNAL":
        return b"DATA\r\n"
    if line.startswith((b"AUTH EXTERNAL ", b"DATA")):
        return b"OK 0123456789abcdef0123456789abcdef\r\n"
    return b"AGREE_UNIX_FD\r\n" if line == b"NEGOTIATE_UNIX_FD" else b""


def serve(connection, record):
    heard = b""
    while piece := connection.recv(65536):
        heard += piece
        with open(record, "ab") as file:
            file.write(piece)
        for line in piece.split(b"\r\n"):
            connection.sendall(answer(line.lstrip(b"\0")))
        if b"Hello" in piece:
            message = heard[heard.index(b"BEGIN\r\n") + len(b"BEGIN\r\n"):]
            connection.sendall(hello_reply(*struct.unpack("<I", message[8:12])))


def main():
    path, record = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path.replace("@", "\0", 1))
    listener.listen()
    print("listening", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, record), daemon=True).start()


if __name__ == "__main__":
    main()
