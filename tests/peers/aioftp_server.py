"""aioftp with one user who may do everything: ADDRESS PORT FIRST LAST USER PASSWORD ROOT."""

import asyncio
import logging
import sys

import aioftp


async def main(address, port, first, last, user, password, root):
    logging.basicConfig(level=logging.DEBUG)
    server = aioftp.Server(
        [aioftp.User(user, password, base_path=root)],
        data_ports=range(int(first), int(last) + 1),
    )
    await server.run(address, int(port))


asyncio.run(main(*sys.argv[1:]))
