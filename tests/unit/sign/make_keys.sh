#!/bin/sh
# Makes keys/ anew: keys and certificates for tests, which nobody trusts and which open nothing.
# Needs openssl 3, ssh-keygen and python3. The passphrase of all that are encrypted is "test".
set -eu
cd "$(dirname "$0")"
rm -rf keys
mkdir keys
cd keys
genpkey() { openssl genpkey -quiet "$@" 2>/dev/null || openssl genpkey "$@" 2>/dev/null; }

genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa2048.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2047 -out rsa2047.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:8192 -out rsa8192.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:8200 -out rsa8200.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out rsa_exponent_3.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:4294967297 \
	-out rsa_exponent_long.pem
genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out rsa_three_primes.pem
genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa_pss.pem
for curve in P-256 P-384 P-521; do
	name=$(echo $curve | tr -d - | tr P p)
	genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$curve -out $name.pem
	openssl ec -in $name.pem -out $name.sec1.pem 2>/dev/null
done
genpkey -algorithm ED25519 -out ed25519.pem
genpkey -algorithm ED448 -out ed448.pem
genpkey -algorithm X25519 -out x25519.pem
genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1.pem
openssl ec -in secp256k1.pem -out secp256k1.sec1.pem 2>/dev/null
openssl dsaparam -genkey -out - 2048 2>/dev/null | openssl pkcs8 -topk8 -nocrypt -out dsa.pem

# Other forms of the same keys.
openssl rsa -in rsa2048.pem -traditional -out rsa2048.pkcs1.pem 2>/dev/null
openssl rsa -in rsa2048.pem -traditional -aes128 -passout pass:test -out rsa2048.old.pem 2>/dev/null
openssl rsa -in rsa_three_primes.pem -traditional -out rsa_three_primes.pkcs1.pem 2>/dev/null
openssl pkcs8 -topk8 -in rsa2048.pem -passout pass:test -out rsa2048.encrypted.pem
openssl pkcs8 -topk8 -in rsa2048.pem -v2 des3 -passout pass:test -out rsa2048.des3.pem
openssl pkcs8 -topk8 -in p256.pem -scrypt -passout pass:test -out p256.scrypt.pem
openssl pkcs8 -topk8 -in p256.pem -iter 10000001 -v2 aes-256-cbc -passout pass:test -out p256.slow.pem
openssl pkcs8 -topk8 -in p256.pem -v1 PBE-SHA1-3DES -passout pass:test -out p256.pbes1.pem
openssl ec -in p256.pem -param_enc explicit -out p256.explicit.sec1.pem 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in p256.explicit.sec1.pem -out p256.explicit.pem
openssl ec -in p256.pem -conv_form compressed -out p256.compressed.pem 2>/dev/null
openssl ec -in p256.pem -no_public -out p256.no_public.sec1.pem 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in p256.no_public.sec1.pem -out p256.no_public.pem
{
	openssl ecparam -name prime256v1
	cat p256.sec1.pem
} >p256.with_parameters.pem
cp rsa2048.pem rsa2048.openssh.pem && chmod 600 rsa2048.openssh.pem
ssh-keygen -q -p -P '' -N '' -f rsa2048.openssh.pem >/dev/null
for name in rsa2048 p256 p384 p521 ed25519; do
	openssl pkey -in $name.pem -pubout -out $name.pub.pem
done

# Certificates: an authority's, and one for each of two keys.
genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out authority.pem
openssl req -x509 -new -key authority.pem -subj '/CN=Test authority' -days 36500 -out authority.crt
for name in p256 rsa2048; do
	openssl req -new -key $name.pem -subj "/CN=Test $name" |
		openssl x509 -req -CA authority.crt -CAkey authority.pem -days 36500 -out $name.crt 2>/dev/null
done
rm authority.pem

python3 - <<'EOF'
import base64
import json


def body(name):
    return "".join(line for line in open(name).read().split("\n") if not line.startswith("-"))


# With twice the block size, and so twice the memory: OpenSSL takes no more than 32 MiB.
wide = base64.b64decode(body("p256.scrypt.pem")).replace(b"\2\1\x08\2\1\1", b"\2\1\x10\2\1\1")
with open("p256.wide.pem", "w") as file:
    file.write("-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + base64.encodebytes(wide).decode()
               + "-----END ENCRYPTED PRIVATE KEY-----\n")


def url(bytes):
    return base64.urlsafe_b64encode(bytes).rstrip(b"=").decode()


der = base64.b64decode(body("p256.sec1.pem"))
jwk = {"kty": "EC", "crv": "P-256", "d": url(der[7:39]), "x": url(der[-64:-32]), "y": url(der[-32:]),
       "kid": "with-certificate", "x5c": [body("p256.crt")]}
open("p256.jwk", "w").write(json.dumps(jwk) + "\n")
pem = open("rsa2048.pem").read()
google = {"type": "service_account", "project_id": "test", "private_key_id": "0123456789abcdef",
          "private_key": pem, "client_email": "test@test.iam.gserviceaccount.com",
          "client_id": "1", "auth_uri": "https://accounts.google.com/o/oauth2/auth",
          "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com"}
# Google's own files escape the sign of padding.
text = json.dumps(google, indent=2).replace("=", "\\u003d")
open("google.json", "w").write(text + "\n")
box = {"boxAppSettings": {"clientID": "test-box-id", "clientSecret": "test-box-secret",
                          "appAuth": {"publicKeyID": "ab12cd34",
                                      "privateKey": open("rsa2048.encrypted.pem").read(),
                                      "passphrase": "test"}},
       "enterpriseID": "123456"}
open("box.json", "w").write(json.dumps(box, indent=2) + "\n")
EOF
