#!/usr/bin/env bash
# libcurl on OpenSSL (seen in 7.88.1 of Debian 12, and in 8.23.0, which pycurl 7.49.0 brings):
#
# A server that refuses an expired client certificate in a handshake of TLS 1.2 sends the alert
# 45, certificate_expired.  libcurl takes the alert for its own verdict on the server: error 60
# (CURLE_PEER_FAILED_VERIFICATION), "SSL certificate verification failed", to which the curl
# command adds that it "failed to verify the legitimacy of the server".  The server was
# verified; what has expired is the client's own certificate, and the user looks elsewhere.
# With TLS 1.3, and with every other alert (42 for a certificate that is not yet valid), the
# error is 56 or 35 with the words of the alert.
#
# Seen:
#   a client certificate that is expired, TLSv1_2:
#     libcurl says 60: SSL certificate verification failed
#   a client certificate that is expired, TLSv1_3:
#     libcurl says 56: [...] ssl/tls alert certificate expired, errno 0
#   a client certificate that is early, TLSv1_2:
#     libcurl says 35: [...] ssl/tls alert bad certificate
#
# Needs python3 with venv and pip.  Ends with 0 while this is so, with 1 once it has changed,
# and with 2 where the packages cannot be installed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv" || exit 2
"$folder/venv/bin/python" -m pip install --quiet --only-binary :all: \
    cffi==2.1.1 cryptography==50.0.2 pycparser==3.12 pycurl==7.49.0 || exit 2
cd "$folder"
cat > look.py <<'PYTHON'
import datetime
import socket
import ssl
import sys
import threading

import pycurl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW, DAY = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issue(text, issuer, issuer_key, begins, ends, ca=False):
    """A certificate and its key, also as TEXT.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder(name(issuer), name(text), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    certificate = builder.sign(issuer_key or key, hashes.SHA256())
    with open(f"{text}.pem", "wb") as file:
        file.write(certificate.public_bytes(PEM))
        file.write(key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ))
    return key


def accept_one(server, version):
    """A server of the standard library that asks for a certificate and refuses a bad one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations("root.pem")
    context.load_cert_chain("server.pem")
    plain, _ = server.accept()
    try:
        with context.wrap_socket(plain, server_side=True):
            print("  the server takes it on")
    except ssl.SSLError as error:
        print(f"  the server refuses: {error.verify_message}")


def visit(client, version):
    """The error of libcurl, after one visit with the certificate of a client."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept_one, args=(server, version))
        thread.start()
        curl = pycurl.Curl()
        port = server.getsockname()[1]
        curl.setopt(curl.URL, f"https://localhost:{port}/")
        curl.setopt(curl.RESOLVE, [f"localhost:{port}:127.0.0.1"])
        curl.setopt(curl.PROXY, "")
        curl.setopt(curl.CAINFO, "root.pem")
        curl.setopt(curl.SSLCERT, f"{client}.pem")
        curl.setopt(curl.SSLKEY, f"{client}.pem")
        try:
            curl.perform()
        except pycurl.error as error:
            number, words = error.args
        thread.join()
    print(f"  libcurl says {number}: {words}")
    return number, words


print(pycurl.version)
print(f"server: Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}")
root = issue("root", "root", None, NOW - DAY, NOW + DAY, ca=True)
issue("server", "root", root, NOW - DAY, NOW + DAY)
issue("expired", "root", root, NOW - 2 * DAY, NOW - DAY)
issue("early", "root", root, NOW + DAY / 2, NOW + DAY)
seen = {}
for client in ("expired", "early"):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        print(f"a client certificate that is {client}, {version.name}:")
        seen[client, version.name] = visit(client, version)
blames = {key for key, (number, _) in seen.items() if number == 60}
sys.exit(blames != {("expired", "TLSv1_2")})
PYTHON
if "$folder/venv/bin/python" look.py; then
    echo "as described: only certificate_expired in TLS 1.2 is laid at the server's door"
else
    echo "changed"
    exit 1
fi
