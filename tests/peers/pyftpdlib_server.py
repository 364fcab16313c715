"""pyftpdlib with one user who may do everything: ADDRESS PORT FIRST LAST USER PASSWORD ROOT."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer


def main(address, port, first, last, user, password, root):
    logging.basicConfig(level=logging.DEBUG)
    authorizer = DummyAuthorizer()
    authorizer.add_user(user, password, root, perm="elradfmwMT")
    handler = FTPHandler
    handler.authorizer = authorizer
    handler.passive_ports = range(int(first), int(last) + 1)
    FTPServer((address, int(port)), handler).serve_forever()


main(*sys.argv[1:])
